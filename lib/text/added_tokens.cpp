#include "lib/text/added_tokens.h"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "dsprep/error.h"
#include "lib/text/unicode/properties.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep {
namespace {

AddedToken read_token(const nlohmann::json& entry) {
  AddedToken token;
  token.content = entry.at("content").get<std::string>();
  token.single_word = entry.at("single_word").get<bool>();
  token.lstrip = entry.at("lstrip").get<bool>();
  token.rstrip = entry.at("rstrip").get<bool>();
  token.normalized = entry.at("normalized").get<bool>();
  token.special = entry.at("special").get<bool>();
  return token;
}

bool touches_word(std::string_view text, std::size_t start, std::size_t stop) {
  return (start > 0 && has_property(code_point_before(text, start).value, kRegexWord)) ||
         (stop < text.size() && has_property(code_point_at(text, stop).value, kRegexWord));
}

// Where the white space that ends at `end` begins, or `floor` if that is later.
std::size_t before_spaces(std::string_view text, std::size_t end, std::size_t floor) {
  while (end > floor) {
    const CodePoint c = code_point_before(text, end);
    if (!has_property(c.value, kWhiteSpace)) break;
    end -= c.length;
  }
  return std::max(end, floor);
}

std::size_t behind_spaces(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const CodePoint c = code_point_at(text, at);
    if (!has_property(c.value, kWhiteSpace)) break;
    at += c.length;
  }
  return at;
}

// The first of up to four bytes: 16 bytes a step, since most texts have none.
std::size_t find_any(std::string_view text, std::size_t from, const std::vector<char>& bytes) {
  __m128i wanted[4];
  for (std::size_t k = 0; k < 4; ++k)
    wanted[k] = _mm_set1_epi8(bytes[std::min(k, bytes.size() - 1)]);
  for (; from + 16 <= text.size(); from += 16) {
    __m128i block;
    std::memcpy(&block, text.data() + from, 16);
    __m128i hit = _mm_cmpeq_epi8(block, wanted[0]);
    for (std::size_t k = 1; k < 4; ++k) hit = _mm_or_si128(hit, _mm_cmpeq_epi8(block, wanted[k]));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit));
    if (mask != 0) return from + static_cast<unsigned>(std::countr_zero(mask));
  }
  return std::min(text.find_first_of(std::string_view(bytes.data(), bytes.size()), from),
                  text.size());
}

}  // namespace

std::vector<AddedToken> read_added_tokens(
    const nlohmann::json& list, std::uint32_t vocab_size,
    const std::function<std::optional<TokenId>(std::string_view)>& id_in_model) {
  std::map<TokenId, AddedToken> by_id;
  std::map<std::string, TokenId> ids;
  TokenId next = vocab_size;
  for (const nlohmann::json& entry : list) {
    AddedToken token = read_token(entry);
    if (token.content.empty()) continue;
    const auto known = ids.find(token.content);
    const std::optional<TokenId> in_model =
        known != ids.end() ? known->second : id_in_model(token.content);
    token.id = in_model ? *in_model : next++;
    ids[token.content] = token.id;
    by_id[token.id] = std::move(token);
  }
  std::vector<AddedToken> tokens;
  for (auto& [id, token] : by_id) tokens.push_back(std::move(token));
  return tokens;
}

AddedTokenSplitter::AddedTokenSplitter(std::vector<Pattern> patterns, SpecialTokens special)
    : patterns_(std::move(patterns)), special_(special) {
  std::vector<std::size_t> sorted(patterns_.size());
  std::iota(sorted.begin(), sorted.end(), std::size_t{0});
  std::ranges::sort(sorted, {},
                    [this](std::size_t i) { return std::string_view(patterns_[i].text); });
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Pattern& pattern = patterns_[sorted[i]];
    if (pattern.text.empty() || (i > 0 && pattern.text == patterns_[sorted[i - 1]].text)) {
      throw Error(ErrorCode::kUnsupportedFormat,
                  "the added token '" + pattern.token.content +
                      (pattern.text.empty() ? "' becomes empty when it is normalised"
                                            : "' cannot be told from another one"));
    }
  }
  if (!patterns_.empty()) build(sorted);
}

// Breadth first over ranges of the sorted patterns that share their first `depth` bytes, so that a
// node's edges stand side by side.
void AddedTokenSplitter::build(const std::vector<std::size_t>& sorted) {
  struct Range {
    std::size_t first, last, depth;
  };
  std::vector<Range> ranges = {{0, sorted.size(), 0}};
  nodes_.emplace_back();
  for (std::size_t n = 0; n < ranges.size(); ++n) {
    auto [first, last, depth] = ranges[n];
    const auto text = [&](std::size_t i) { return std::string_view(patterns_[sorted[i]].text); };
    if (text(first).size() == depth)
      nodes_[n].pattern = static_cast<std::uint32_t>(sorted[first++]);
    nodes_[n].first_edge = static_cast<std::uint32_t>(edges_.size());
    while (first < last) {
      const char byte = text(first)[depth];
      const std::size_t start = first;
      while (first < last && text(first)[depth] == byte) ++first;
      edges_.push_back(
          {static_cast<unsigned char>(byte), static_cast<std::uint32_t>(nodes_.size())});
      nodes_.emplace_back();
      ranges.push_back({start, first, depth + 1});
    }
    nodes_[n].edges = static_cast<std::uint32_t>(edges_.size()) - nodes_[n].first_edge;
  }
  for (std::size_t e = 0; e < nodes_[0].edges; ++e) {
    root_[edges_[e].byte] = edges_[e].node;
    first_bytes_.push_back(static_cast<char>(edges_[e].byte));
  }
}

std::size_t AddedTokenSplitter::next_candidate(std::string_view text,
                                               std::size_t from) const noexcept {
  if (first_bytes_.size() <= 4) return find_any(text, from, first_bytes_);
  while (from < text.size() && root_[static_cast<unsigned char>(text[from])] == 0) ++from;
  return from;
}

// The pattern that the longest match at `at` belongs to, or kNone.
std::size_t AddedTokenSplitter::longest_at(std::string_view text, std::size_t at) const noexcept {
  std::uint32_t node = root_[static_cast<unsigned char>(text[at])];
  std::uint32_t longest = kNone;
  while (node != 0) {
    if (nodes_[node].pattern != kNone) longest = nodes_[node].pattern;
    if (++at == text.size()) break;
    const Edge* const first = edges_.data() + nodes_[node].first_edge;
    const Edge* const last = first + nodes_[node].edges;
    const Edge* const edge = std::find_if(
        first, last,
        [byte = static_cast<unsigned char>(text[at])](const Edge& e) { return e.byte == byte; });
    node = edge == last ? 0 : edge->node;
  }
  return longest;
}

std::optional<AddedTokenSplitter::Match> AddedTokenSplitter::next(std::string_view text,
                                                                  Progress& progress) const {
  if (patterns_.empty()) return std::nullopt;
  while (true) {
    const std::size_t at = next_candidate(text, progress.from);
    if (at >= text.size()) return std::nullopt;
    const std::size_t pattern = longest_at(text, at);
    progress.from = at + 1;
    if (pattern == kNone) continue;
    const AddedToken& token = patterns_[pattern].token;
    Match match{at, at + patterns_[pattern].text.size(), pattern};
    progress.from = match.stop;
    if (token.special && special_ == SpecialTokens::kText) continue;
    if (token.single_word && touches_word(text, match.start, match.stop)) continue;
    if (token.special && special_ == SpecialTokens::kForbid) {
      throw Error(ErrorCode::kBadRow, "the text holds the special token '" + token.content + "'",
                  {.offset = at}, "allow special tokens, or take them as ordinary text");
    }
    if (token.lstrip) match.start = before_spaces(text, match.start, progress.done);
    if (token.rstrip) {
      // Tokens of white space that take white space: the run is measured once.
      if (match.stop >= progress.spaces_end) progress.spaces_end = behind_spaces(text, match.stop);
      match.stop = progress.spaces_end;
    }
    if (match.start >= match.stop) continue;  // the token before took it, with the white space
    return match;
  }
}

}  // namespace dsprep
