// A tokenizer.json with a BPE model over bytes (GPT-2's ByteLevel), by the engine for rank files.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "dsprep/error.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/models.h"
#include "lib/text/split_classes.h"

namespace dsprep {
namespace {

using nlohmann::json;

// GPT-2 writes a byte as a printable character: itself where it is one, else from U+0100 on.
constexpr auto kByteOf = [] {
  std::array<std::int16_t, 0x144> byte_of{};
  byte_of.fill(-1);
  std::size_t other = 0x100;
  for (std::int16_t b = 0; b < 256; ++b) {
    const bool printable = (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD);
    byte_of[printable ? static_cast<std::size_t>(b) : other++] = b;
  }
  return byte_of;
}();

// The bytes that `token` stands for; empty where it has other characters.
std::string bytes_of(std::string_view token) {
  std::string bytes;
  for (std::size_t i = 0; i < token.size();) {
    const Character c = decode_character(reinterpret_cast<const unsigned char*>(token.data()) + i);
    if (c.point >= kByteOf.size() || kByteOf[c.point] < 0) return "";
    bytes += static_cast<char>(kByteOf[c.point]);
    i += c.length;
  }
  return bytes;
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
         is_empty(part(model, "end_of_word_suffix")) && part(model, "vocab").is_object() &&
         part(model, "merges").is_array();
}

// Merges that give one token, which must stand side by side: only one of them can ever be used
// (bpe_merges.h), so their order among themselves does not matter.
struct Merged {
  BpeModel::NewToken token;
  std::vector<std::size_t> lefts;  // lengths of the left parts
};

class ModelReader {
 public:
  explicit ModelReader(const json& model) : model_(model) {}

  /// Null where the merges are not as the engine needs them.
  std::unique_ptr<BpeModel> read() {
    for (const auto& [text, id] : part(model_, "vocab").items()) {
      ids_.emplace(text, id.get<TokenId>());
      std::string bytes = bytes_of(text);
      if (!bytes.empty()) bytes_.emplace(id.get<TokenId>(), std::move(bytes));
    }
    if (!read_merges()) return nullptr;
    auto model = std::make_unique<BpeModel>(bytes_.size() + 256);
    std::size_t bytes = 0;
    for (const auto& [id, text] : bytes_)
      if (text.size() == 1) bytes += model->add_byte(static_cast<unsigned char>(text[0]), id);
    const bool whole = part(model_, "ignore_merges") == true;
    return bytes == 256 && add_tokens(*model, whole) ? std::move(model) : nullptr;
  }

  const std::unordered_map<std::string, TokenId>& ids() const { return ids_; }

 private:
  bool read_merges() {
    for (const json& merge : part(model_, "merges")) {
      std::string left, right;
      if (merge.is_array() && merge.size() == 2) {
        left = merge[0].get<std::string>();
        right = merge[1].get<std::string>();
      } else {
        const auto text = merge.get<std::string>();
        const std::size_t blank = text.find(' ');
        if (blank == std::string::npos) return false;
        left = text.substr(0, blank);
        right = text.substr(blank + 1);
      }
      const auto made = ids_.find(left + right);
      if (made == ids_.end()) return false;
      const auto bytes = bytes_.find(made->second);
      if (bytes == bytes_.end()) return false;
      if (merged_.empty() || merged_.back().token.id != made->second) {
        if (!seen_.insert({made->second, true}).second) return false;
        merged_.push_back({{bytes->second, made->second}, {}});
      }
      merged_.back().lefts.push_back(bytes_of(left).size());
    }
    return true;
  }

  bool add_tokens(BpeModel& model, bool whole) {
    std::vector<BpeModel::NewToken> tokens;
    for (const Merged& merged : merged_) tokens.push_back(merged.token);
    model.add_tokens(tokens, whole);
    for (std::size_t i = 0; i < tokens.size(); ++i)
      if (std::ranges::find(merged_[i].lefts, tokens[i].left) == merged_[i].lefts.end())
        return false;
    if (!whole) return true;
    for (const auto& [id, text] : bytes_)
      if (text.size() > 1 && !seen_.contains(id) && !model.add_whole(text, id)) return false;
    return true;
  }

  const json& model_;
  std::unordered_map<std::string, TokenId> ids_;
  std::unordered_map<TokenId, std::string> bytes_;
  std::unordered_map<TokenId, bool> seen_;
  std::vector<Merged> merged_;
};

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
    return isolated || kept ? known_splitter(regex_of(step)) : nullptr;
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

void add_tokens(const json& list, const ModelReader& reader, const TokenizerOptions& options,
                BpeParts& parts) {
  std::vector<AddedTokenSplitter::Pattern> plain, normalized;
  const auto id_of = [&](std::string_view text) -> std::optional<TokenId> {
    const auto found = reader.ids().find(std::string(text));
    if (found == reader.ids().end()) return std::nullopt;
    return found->second;
  };
  const auto size = static_cast<std::uint32_t>(reader.ids().size());
  for (AddedToken& token : read_added_tokens(list, size, id_of)) {
    std::string bytes = bytes_of(token.content);
    parts.end.consider(token.content, token.id);
    parts.bytes_of.emplace_back(token.id, bytes.empty() ? token.content : std::move(bytes));
    std::string text =
        token.normalized && parts.form ? normal_form(token.content, *parts.form) : token.content;
    auto& patterns = token.normalized ? normalized : plain;
    patterns.push_back({std::move(text), std::move(token)});
    parts.uncuttable = parts.uncuttable || crosses_cuts(patterns.back());
  }
  const SpecialTokens special =
      options.special == SpecialTokens::kDefault ? SpecialTokens::kAllow : options.special;
  parts.added = AddedTokenSplitter(std::move(plain), special);
  parts.added_normalized = AddedTokenSplitter(std::move(normalized), special);
}

}  // namespace

std::unique_ptr<Tokenizer> make_byte_level_bpe(const json& file, std::string_view bytes,
                                               const TokenizerOptions& options) {
  const json& model = part(file, "model");
  BpeParts parts;
  if (!is_plain_bpe(model) || part(part(file, "decoder"), "type") != "ByteLevel" ||
      !read_normalizer(part(file, "normalizer"), parts.form) ||
      !read_pre_tokenizer(part(file, "pre_tokenizer"), parts))
    return nullptr;
  ModelReader reader(model);
  parts.model = reader.read();
  if (parts.model == nullptr) return nullptr;
  for (const auto& [text, id] : reader.ids()) {
    std::string spelled = bytes_of(text);
    parts.bytes_of.emplace_back(id, spelled.empty() ? text : std::move(spelled));
  }
  const json& added = part(file, "added_tokens");
  if (!added.is_null()) add_tokens(added, reader, options, parts);
  parts.post = hf::PostProcessor(file);
  parts.file = bytes;
  return make_bpe_tokenizer(std::move(parts));
}

}  // namespace dsprep
