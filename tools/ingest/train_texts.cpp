#include "tools/ingest/train_texts.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "dsprep/dataset.h"
#include "dsprep/tokenizer_training.h"
#include "formats/common/json.h"
#include "formats/common/parallel.h"
#include "tools/ingest/ordered.h"
#include "tools/ingest/phases.h"
#include "tools/ingest/planner.h"
#include "tools/ingest/progress.h"
#include "tools/ingest/text_document.h"

namespace dsprep {
namespace {

struct CountSlot {
  Piece piece;
  SurveyCounts counts;
  std::vector<Segment> segments;
};

void require_some(const TrainTexts& train, const std::string& file) {
  const auto has_text = [](const std::string& text) { return !text.empty(); };
  if (!train.words.counts().empty() || std::ranges::any_of(train.texts, has_text)) return;
  throw Error(ErrorCode::kNotFound, "the train split has no text", {.file = file},
              "look at --split, --doc and the inputs");
}

// Texts that a dataset still holds: one field, and how its value becomes text.
class DatasetTexts {
 public:
  explicit DatasetTexts(const Dataset& data) : data_(data) {
    for (const Field& field : data.schema().fields) {
      if (field.encoding == Encoding::kText) field_ = field.name;
    }
    if (field_.empty()) use_tokens();
  }

  std::string at(std::uint64_t index, SampleBuffer& buffer) const {
    const Tensor value = data_.field(index, field_, buffer);
    if (!tokenizer_) return std::string(value.text());
    std::vector<TokenId> ids;
    if (value.dtype == DType::kUint16) {
      const auto narrow = value.as<std::uint16_t>();
      ids.assign(narrow.begin(), narrow.end());
    } else {
      const auto wide = value.as<std::uint32_t>();
      ids.assign(wide.begin(), wide.end());
    }
    return tokenizer_->decode(ids);
  }

 private:
  void use_tokens() {
    const Where where{.file = data_.directory().string()};
    const auto options = read_json(data_.manifest().provenance, where, [](const auto& provenance) {
      return provenance.value("options", nlohmann::json::object())
          .value("text", nlohmann::json::object());
    });
    // Other tokenizers lose white space, or add marks; and cut documents are not whole.
    if (options.value("tokenizer", "") != "bytes" || options.contains("window") ||
        options.contains("pack") || options.contains("bos") || options.contains("eos") ||
        options.contains("max_length")) {
      throw Error(ErrorCode::kUsage, "the dataset no longer holds its texts as they were", where,
                  "train on the texts that it was made from, or on a dataset of --tokenizer bytes");
    }
    field_ = "tokens";
    tokenizer_ = make_bytes_tokenizer();
  }

  const Dataset& data_;
  std::string field_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace

TrainTexts read_train_texts(const BuildOptions& options) {
  const Listing listing = list_inputs(options.inputs, listing_options(options));
  if (!listing.rejects.empty() && !options.skip_errors) {
    const Reject& first = listing.rejects.front();
    throw Error(first.code, first.reason, {.file = first.path}, kSkipRemedy);
  }
  BuildOptions resolved = resolve_options(options, listing);
  resolved.text.tokenizer = "words";
  const auto kind = make_kind(resolved);
  const Plan plan = make_plan(resolved, listing, *kind);
  std::vector<std::size_t> slices(plan.slices.size());
  std::iota(slices.begin(), slices.end(), std::size_t{0});
  PieceSequence pieces(plan, slices, kind->cuts_files());
  Progress progress(options.progress, "count", plan.input_bytes());
  TrainTexts train;
  const auto next = [&](CountSlot& slot) {
    check_interrupted();
    slot.counts = SurveyCounts();
    if (!pieces.next(slot.piece)) return false;
    kind->enter(plan, slot.piece);
    return true;
  };
  const auto count = [&](CountSlot& slot, unsigned) {
    kind->survey(plan, slot.piece, slot.counts, slot.segments);
  };
  run_ordered<CountSlot>(options.jobs, options.jobs * 4, next, count, [&](CountSlot& slot) {
    train.words.merge(slot.counts.words);
    std::ranges::move(slot.counts.texts, std::back_inserter(train.texts));
    for (const Segment& segment : slot.segments) progress.add(0, segment.end - segment.begin);
  });
  require_some(train, options.inputs.empty() ? "" : options.inputs.front());
  return train;
}

TrainTexts read_train_texts(const std::filesystem::path& directory, CountUnit unit, unsigned jobs) {
  constexpr std::uint64_t kChunk = 256;
  const Dataset data = Dataset::open(directory, "train");
  const DatasetTexts source(data);
  TrainTexts train;
  if (unit == CountUnit::kTexts) train.texts.resize(data.size());
  std::vector<WordCounts> parts(jobs);
  std::vector<SampleBuffer> buffers(jobs);
  parallel_chunks(data.size(), kChunk, jobs,
                  [&](std::uint64_t begin, std::uint64_t end, unsigned worker) {
                    PieceCounter pieces;
                    for (std::uint64_t index = begin; index < end; ++index) {
                      std::string text = source.at(index, buffers[worker]);
                      require_utf8(text);
                      if (unit == CountUnit::kWords) parts[worker].add(text);
                      if (unit == CountUnit::kPieces) pieces.add(text, parts[worker]);
                      if (unit == CountUnit::kTexts) train.texts[index] = std::move(text);
                    }
                  });
  for (const WordCounts& part : parts) train.words.merge(part);
  require_some(train, directory.string());
  return train;
}

}  // namespace dsprep
