#include <algorithm>
#include <array>
#include <charconv>

#include "dsprep/error.h"
#include "lib/text/bpe_tokenizer.h"
#include "lib/text/models.h"

namespace dsprep {
namespace {

struct Ranks {
  std::string bytes;  // of all tokens, one behind the other
  struct Token {
    std::uint32_t offset, length;
    TokenId rank;
  };
  std::vector<Token> tokens;  // by rank
  std::string_view of(const Token& token) const {
    return std::string_view(bytes).substr(token.offset, token.length);
  }
};

constexpr std::size_t kMostGaps = 1 << 20;  // ranks without a token; tables have a place for each

constexpr auto kBase64 = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < digits.size(); ++i)
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
  return values;
}();

// Appends what `text` stands for; false where it is not base64.
bool decode_base64(std::string_view text, std::string& out) {
  if (text.empty() || text.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = kBase64[static_cast<unsigned char>(c)];
    if (value < 0) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return count < 6 && (bits & ((1U << count) - 1)) == 0;
}

[[noreturn]] void refuse_line(const std::string& file, std::size_t line, const std::string& what) {
  throw Error(ErrorCode::kCorrupt, "line " + std::to_string(line) + ": " + what, {.file = file},
              "each line is a token in base64, a blank and its rank");
}

Ranks read_ranks(std::string_view text, const std::string& file) {
  Ranks ranks;
  ranks.bytes.reserve(text.size() / 2);
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::size_t blank = line.find(' ');
    const std::size_t offset = ranks.bytes.size();
    if (blank == std::string_view::npos || !decode_base64(line.substr(0, blank), ranks.bytes))
      refuse_line(file, number, "no token in base64");
    TokenId rank = 0;
    const char* const end = line.data() + line.size();
    const auto parsed = std::from_chars(line.data() + blank + 1, end, rank);
    if (parsed.ec != std::errc() || parsed.ptr != end) refuse_line(file, number, "no rank");
    ranks.tokens.push_back({static_cast<std::uint32_t>(offset),
                            static_cast<std::uint32_t>(ranks.bytes.size() - offset), rank});
  }
  for (const Ranks::Token& token : ranks.tokens) {
    if (token.rank < ranks.tokens.size() + kMostGaps) continue;
    throw Error(ErrorCode::kTooLarge,
                "rank " + std::to_string(token.rank) + " is far above the number of tokens, " +
                    std::to_string(ranks.tokens.size()),
                {.file = file});
  }
  const auto by_rank = [](const auto& a, const auto& b) { return a.rank < b.rank; };
  if (!std::ranges::is_sorted(ranks.tokens, by_rank)) std::ranges::sort(ranks.tokens, by_rank);
  return ranks;
}

// The merges of tiktoken join any two parts whose bytes together are a token, by its rank.
std::unique_ptr<BpeModel> make_model(const Ranks& ranks, const std::string& file) {
  auto model = std::make_unique<BpeModel>(ranks.tokens.size());
  const auto corrupt = [&](const std::string& what) -> Error {
    return Error(ErrorCode::kCorrupt, what, {.file = file});
  };
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < ranks.tokens.size(); ++i) {
    const Ranks::Token& token = ranks.tokens[i];
    if (i > 0 && ranks.tokens[i - 1].rank == token.rank)
      throw corrupt("rank " + std::to_string(token.rank) + " is given twice");
    if (token.length != 1) continue;
    if (!model->add_byte(static_cast<unsigned char>(ranks.of(token)[0]), token.rank))
      throw corrupt("rank " + std::to_string(token.rank) + " repeats a token");
    ++bytes;
  }
  if (bytes != 256) throw corrupt(std::to_string(256 - bytes) + " of the 256 bytes have no rank");
  std::vector<BpeModel::NewToken> tokens;
  tokens.reserve(ranks.tokens.size());
  for (const Ranks::Token& token : ranks.tokens)
    if (token.length > 1) tokens.push_back({ranks.of(token), token.rank});
  model->add_tokens(tokens, true);
  for (const BpeModel::NewToken& token : tokens) {
    if (token.left == 0 && model->has_late_rule(token.bytes)) {
      throw Error(ErrorCode::kUnsupportedFormat,
                  "token " + std::to_string(token.id) + " is made of others of a higher rank",
                  {.file = file});
    }
  }
  return model;
}

struct Special {
  std::string_view text;
  TokenId id;
};
constexpr Special kGpt2Special[] = {{"<|endoftext|>", 50256}};
constexpr Special kCl100kSpecial[] = {{"<|endoftext|>", 100257},
                                      {"<|fim_prefix|>", 100258},
                                      {"<|fim_middle|>", 100259},
                                      {"<|fim_suffix|>", 100260},
                                      {"<|endofprompt|>", 100276}};
constexpr Special kO200kSpecial[] = {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}};
constexpr Special kQwenSpecial[] = {
    {"<|endoftext|>", 151643}, {"<|im_start|>", 151644}, {"<|im_end|>", 151645}};

// Vocabularies that people have, told by their size and their last token.
struct Encoding {
  std::string_view name;  // of its pattern
  std::size_t tokens;
  std::string_view last;  // the bytes of the last token
  std::span<const Special> special;
  TokenId extras = 0;  // behind them: <|extra_0|> and so on
};
constexpr Encoding kEncodings[] = {
    {"gpt2", 50256, " gazed", kGpt2Special},
    {"p50k", 50280, "                         ", kGpt2Special},
    {"cl100k", 100256, " Conveyor", kCl100kSpecial},
    {"o200k", 199998, " cocos", kO200kSpecial},
    {"qwen", 151643, "\xE2\xBD\x97", kQwenSpecial, 205},
};

constexpr const char* kGivePattern =
    "give --pattern: gpt2, r50k, p50k, cl100k, o200k, qwen, llama3, or a regular expression";

// As a regular expression it would find itself alone, and all other text would be dropped.
bool looks_like_a_name(std::string_view pattern) noexcept {
  return std::ranges::all_of(pattern, [](unsigned char c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
  });
}

// Special tokens are not in the file: those of a known encoding. They count for decode() always.
void add_special(const Encoding* known, SpecialTokens rule, const std::string& file,
                 BpeParts& parts) {
  const bool wanted = rule == SpecialTokens::kAllow || rule == SpecialTokens::kForbid;
  if (known == nullptr && wanted) {
    throw Error(ErrorCode::kUsage, "the special tokens of these ranks are not known",
                {.file = file}, "leave out --special, or give a tokenizer.json");
  }
  if (known == nullptr) return;
  std::vector<AddedTokenSplitter::Pattern> patterns;
  const auto add = [&](std::string text, TokenId id) {
    parts.bytes.add(id, text);
    parts.end.consider(text, id);
    AddedToken token{.content = text, .id = id, .normalized = false, .special = true};
    patterns.push_back({std::move(text), std::move(token)});
  };
  for (const Special& special : known->special) add(std::string(special.text), special.id);
  for (TokenId i = 0; i < known->extras; ++i)
    add("<|extra_" + std::to_string(i) + "|>", known->special.back().id + 1 + i);
  if (!wanted) return;
  for (const auto& pattern : patterns) parts.cuts.avoid(pattern);
  parts.added = AddedTokenSplitter(std::move(patterns), rule);
}

}  // namespace

std::unique_ptr<Tokenizer> load_tiktoken(std::string_view bytes, const std::string& file,
                                         const TokenizerOptions& options) {
  const Ranks ranks = read_ranks(bytes, file);
  const Encoding* known = nullptr;
  for (const Encoding& encoding : kEncodings)
    if (encoding.tokens == ranks.tokens.size() && encoding.last == ranks.of(ranks.tokens.back()))
      known = &encoding;
  if (options.pattern.empty() && known == nullptr) {
    throw Error(ErrorCode::kUsage, "the pattern that these ranks were made with is not known",
                {.file = file}, kGivePattern);
  }
  const std::string_view name = options.pattern.empty() ? known->name : options.pattern;
  if (pattern_named(name).empty() && looks_like_a_name(name)) {
    throw Error(ErrorCode::kUsage, "no pattern is named '" + std::string(name) + "'",
                {.file = file}, kGivePattern);
  }
  const std::string_view pattern = pattern_named(name).empty() ? name : pattern_named(name);
  BpeParts parts;
  parts.model = make_model(ranks, file);
  parts.splitter = known_splitter(pattern);
  if (parts.splitter == nullptr) parts.splitter = make_regex_splitter(pattern, Unmatched::kDropped);
  for (const Ranks::Token& token : ranks.tokens) parts.bytes.add(token.rank, ranks.of(token));
  add_special(known, options.special, file, parts);
  parts.file = bytes;
  return make_bpe_tokenizer(std::move(parts));
}

}  // namespace dsprep
