// A tokenizer.json with a BPE model over bytes (GPT-2's ByteLevel), by the engine for rank files.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "dsprep/error.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/byte_level_model.h"
#include "lib/text/models.h"

namespace dsprep {
namespace {

using nlohmann::json;

namespace dom = simdjson::dom;

json json_of(const dom::element& value);

// All but the tables of the model, in which most of the file is.
json json_of(const dom::object& object) {
  json copy = json::object();
  for (const auto [name, value] : object)
    if (name != "vocab" && name != "merges") copy[std::string(name)] = json_of(value);
  return copy;
}

json json_of(const dom::element& value) {
  switch (value.type()) {
    case dom::element_type::OBJECT:
      return json_of(dom::object(value));
    case dom::element_type::ARRAY: {
      json copy = json::array();
      for (const dom::element element : dom::array(value)) copy.push_back(json_of(element));
      return copy;
    }
    case dom::element_type::STRING:
      return std::string(std::string_view(value));
    case dom::element_type::INT64:
      return std::int64_t(value);
    case dom::element_type::UINT64:
      return std::uint64_t(value);
    case dom::element_type::DOUBLE:
      return double(value);
    case dom::element_type::BOOL:
      return bool(value);
    case dom::element_type::NULL_VALUE:
      break;
  }
  return nullptr;
}

const json& part(const json& object, const char* name) {
  static const json kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

bool is_empty(const json& value) { return value.is_null() || value == ""; }

// What byte-level pieces never need may be asked for: all bytes are tokens, so none is unknown.
bool is_plain_bpe(const json& model) {
  const json& dropout = part(model, "dropout");
  return part(model, "type") == "BPE" && (dropout.is_null() || dropout == 0.0) &&
         is_empty(part(model, "continuing_subword_prefix")) &&
         is_empty(part(model, "end_of_word_suffix"));
}

// ---- pre-tokenizers

// The pre-tokenizers in the order in which they run; false for a form that is not known.
bool flatten(const json& value, std::vector<const json*>& out) {
  if (!value.is_object()) return false;
  if (part(value, "type") != "Sequence") {
    out.push_back(&value);
    return true;
  }
  for (const json& inner : part(value, "pretokenizers"))
    if (!flatten(inner, out)) return false;
  return true;
}

std::string regex_of(const json& split) {
  const json& regex = part(part(split, "pattern"), "Regex");
  return regex.is_string() ? regex.get<std::string>() : "";
}

bool is_isolated(const json& split) {
  return part(split, "behavior") == "Isolated" && part(split, "invert") == false;
}

bool is_deepseek(const std::vector<const json*>& steps) {
  constexpr std::string_view kNumbers = R"(\p{N}{1,3})";
  constexpr std::string_view kCjk = "[一-龥぀-ゟ゠-ヿ]+";
  constexpr std::string_view kWords =
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
      "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*"
      "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+";
  return steps.size() == 3 &&
         std::ranges::all_of(steps, [](const json* s) { return is_isolated(*s); }) &&
         regex_of(*steps[0]) == kNumbers && regex_of(*steps[1]) == kCjk &&
         regex_of(*steps[2]) == kWords;
}

// The splitter of one pre-tokenizer, or null.
std::unique_ptr<Splitter> splitter_of(const json& step) {
  if (part(step, "type") == "Split") {
    const bool isolated = is_isolated(step);
    const bool kept = part(step, "behavior") == "Removed" && part(step, "invert") == true;
    const std::string regex = regex_of(step);
    if (regex.empty() || (!isolated && !kept)) return nullptr;
    if (auto known = known_splitter(regex)) return known;
    return hugging_face_splitter(regex, kept ? Unmatched::kDropped : Unmatched::kPiece);
  }
  if (part(step, "type") == "Digits")
    return make_digits_splitter(part(step, "individual_digits") == true);
  return nullptr;
}

bool read_pre_tokenizer(const json& value, BpeParts& parts) {
  std::vector<const json*> steps;
  if (!flatten(value, steps) || steps.empty()) return false;
  const json& last = *steps.back();
  if (part(last, "type") != "ByteLevel") return false;
  steps.pop_back();
  const bool use_regex = last.value("use_regex", true);
  parts.prefix_space = last.value("add_prefix_space", true);
  if (parts.prefix_space && !steps.empty()) return false;  // it would go before every piece
  if (!use_regex && is_deepseek(steps)) {
    parts.splitter = make_deepseek_splitter();
    return true;
  }
  std::vector<std::unique_ptr<Splitter>> splitters;
  for (const json* step : steps) splitters.push_back(splitter_of(*step));
  if (use_regex) splitters.push_back(known_splitter(pattern_named("gpt2")));
  const bool all = std::ranges::all_of(splitters, [](const auto& s) { return s != nullptr; });
  if (splitters.empty() || !all) return false;
  parts.splitter = make_nested_splitter(std::move(splitters));
  return true;
}

// ---- the rest

bool read_normalizer(const json& value, std::optional<NormalForm>& form) {
  if (value.is_null()) return true;
  const json& type = part(value, "type");
  if (type == "Sequence") {
    const json& inner = part(value, "normalizers");
    return inner.is_array() &&
           (inner.empty() || (inner.size() == 1 && read_normalizer(inner[0], form)));
  }
  constexpr std::pair<const char*, NormalForm> kForms[] = {{"NFC", NormalForm::kNfc},
                                                           {"NFD", NormalForm::kNfd},
                                                           {"NFKC", NormalForm::kNfkc},
                                                           {"NFKD", NormalForm::kNfkd}};
  for (const auto& [name, known] : kForms) {
    if (type != name) continue;
    form = known;
    return true;
  }
  return false;
}

void add_tokens(const json& list, const ByteLevelModel& model, const TokenizerOptions& options,
                BpeParts& parts) {
  std::vector<AddedTokenSplitter::Pattern> plain, normalized;
  const auto id_of = [&](std::string_view text) { return model.find(text); };
  for (AddedToken& token : read_added_tokens(list, model.size(), id_of)) {
    std::string bytes;
    parts.end.consider(token.content, token.id);
    std::string text =
        token.normalized && parts.form ? normal_form(token.content, *parts.form) : token.content;
    parts.bytes.add(token.id, append_bytes_of(text, bytes) ? bytes : text);
    auto& patterns = token.normalized ? normalized : plain;
    patterns.push_back({std::move(text), std::move(token)});
    parts.cuts.avoid(patterns.back());
  }
  const SpecialTokens special =
      options.special == SpecialTokens::kDefault ? SpecialTokens::kAllow : options.special;
  parts.added = AddedTokenSplitter(std::move(plain), special);
  parts.added_normalized = AddedTokenSplitter(std::move(normalized), special);
}

}  // namespace

namespace {

std::unique_ptr<Tokenizer> make(const dom::object& file, const json& rest, std::string&& text,
                                const TokenizerOptions& options) {
  BpeParts parts;
  dom::object model_part;
  const json& version = part(rest, "version");
  if ((!version.is_null() && version != "1.0") ||
      file["model"].get(model_part) != simdjson::SUCCESS || !is_plain_bpe(part(rest, "model")) ||
      part(part(rest, "decoder"), "type") != "ByteLevel" ||
      !read_normalizer(part(rest, "normalizer"), parts.form) ||
      !read_pre_tokenizer(part(rest, "pre_tokenizer"), parts))
    return nullptr;
  ByteLevelModel model(model_part);
  parts.model = model.read(part(part(rest, "model"), "ignore_merges") == true);
  if (parts.model == nullptr) return nullptr;
  model.add_bytes(parts.bytes);
  const json& added = part(rest, "added_tokens");
  if (!added.is_null()) add_tokens(added, model, options, parts);
  parts.post = hf::PostProcessor(rest);
  parts.file = std::move(text);
  return make_bpe_tokenizer(std::move(parts));
}

}  // namespace

std::unique_ptr<Tokenizer> make_byte_level_bpe(std::string_view bytes,
                                               const TokenizerOptions& options) {
  std::string text;
  text.reserve(bytes.size() + simdjson::SIMDJSON_PADDING);  // the parser reads behind its end
  text = bytes;
  dom::parser parser;
  dom::object file;
  // What is wrong with a file is for the general reader to say.
  if (parser.parse(text.data(), text.size(), false).get(file) != simdjson::SUCCESS) return nullptr;
  try {
    return make(file, json_of(file), std::move(text), options);
  } catch (const json::exception&) {
    return nullptr;
  }
}

}  // namespace dsprep
