#include <nlohmann/json.hpp>

#include "dsprep/error.h"
#include "formats/common/json.h"
#include "lib/text/hf/pipeline.h"
#include "lib/text/models.h"

namespace dsprep {
namespace {

bool is_null(const nlohmann::json& file, const char* part) {
  return !file.contains(part) || file.at(part).is_null();
}

// The words of a file as make_words_tokenizer writes it: WordLevel over WhitespaceSplit, <unk> is
// id 1, the ids are 0 to N-1 and nothing else is asked for. Null for any other file.
std::unique_ptr<Tokenizer> make_words(const nlohmann::json& file) {
  const nlohmann::json& model = file.at("model");
  const nlohmann::json pre = file.value("pre_tokenizer", nlohmann::json());
  if (model.value("type", "") != "WordLevel" || !pre.is_object() ||
      pre.value("type", "") != "WhitespaceSplit" || !is_null(file, "normalizer") ||
      !is_null(file, "decoder") || !is_null(file, "post_processor") ||
      !file.value("added_tokens", nlohmann::json::array()).empty())
    return nullptr;
  std::vector<std::string> words(model.at("vocab").size());
  for (const auto& [word, id] : model.at("vocab").items()) {
    const auto index = id.get<std::uint64_t>();
    if (index >= words.size() || !words[index].empty()) return nullptr;
    words[index] = word;
  }
  if (words.size() < 2 || words[0] != "<pad>" || words[1] != model.value("unk_token", ""))
    return nullptr;
  return make_words_tokenizer(std::move(words));
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer_json(std::string_view bytes, const std::string& file,
                                               const TokenizerOptions& options) {
  refuse_pattern(options, file);
  if (auto fast = make_byte_level_bpe(bytes, options)) return fast;
  return read_json(bytes, {.file = file}, [&](const nlohmann::json& parsed) {
    if (auto words = make_words(parsed)) return words;
    return hf::make_pipeline(parsed, std::string(bytes), file, options);
  });
}

}  // namespace dsprep
