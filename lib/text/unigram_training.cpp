#include <algorithm>

#include "dsprep/error.h"
#include "dsprep/tokenizer_training.h"

#ifdef DSPREP_SENTENCEPIECE
#include <sentencepiece_trainer.h>
#endif

namespace dsprep {

#ifdef DSPREP_SENTENCEPIECE

namespace {

// The library passes over longer lines without an error.
constexpr std::size_t kLongestLine = 1 << 20;

// Hands out the lines of the texts.
class Lines final : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(const std::vector<std::string>& texts) : texts_(texts) { Next(); }

  bool done() const override { return done_; }
  const std::string& value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }
  void Next() override {
    while (text_ < texts_.size()) {
      const std::string& text = texts_[text_];
      if (at_ >= text.size()) {
        ++text_;
        at_ = 0;
        continue;
      }
      const std::size_t end = std::min(text.find('\n', at_), text.size());
      line_ = text.substr(at_, end - at_);
      at_ = end + 1;
      if (line_.empty()) continue;
      if (line_.size() > kLongestLine) {
        throw Error(ErrorCode::kTooLarge, "a line of the texts is longer than 1 MiB", {},
                    "break it into lines");
      }
      return;
    }
    done_ = true;
  }

 private:
  const std::vector<std::string>& texts_;
  std::size_t text_ = 0;
  std::size_t at_ = 0;
  std::string line_;
  bool done_ = false;
};

}  // namespace

std::string train_unigram(const std::vector<std::string>& texts, const UnigramTraining& options) {
  Lines lines(texts);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(
      {{"model_type", "unigram"},
       {"vocab_size", std::to_string(options.vocab_size)},
       {"byte_fallback", options.byte_fallback ? "true" : "false"},
       {"num_threads", "1"},
       {"max_sentence_length", std::to_string(kLongestLine)},
       {"minloglevel", "2"}},
      &lines, &model);
  if (!status.ok()) {
    throw Error(ErrorCode::kUsage, "sentencepiece: " + std::string(status.message()), {},
                "choose another --vocab-size, or give more text");
  }
  return model;
}

#else

std::string train_unigram(const std::vector<std::string>&, const UnigramTraining&) {
  throw Error(ErrorCode::kUnsupportedFormat,
              "this build has no sentencepiece library, which trains unigram models", {},
              "install libsentencepiece-dev and build again");
}

#endif

}  // namespace dsprep
