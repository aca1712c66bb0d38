// Ranks for tests of byte-pair encoding: a small trainer, the file that holds them, and the plain
// algorithm that every faster one must agree with.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"

namespace dsprep::test {

using Ranks = std::map<std::string, TokenId>;

// All bytes, then `merges` tokens: each time the most frequent neighbours of `text`.
inline Ranks train(const std::string& text, std::size_t merges) {
  Ranks ranks;
  for (int b = 0; b < 256; ++b) ranks.emplace(std::string(1, static_cast<char>(b)), b);
  std::vector<std::string> parts;
  for (const char c : text) parts.emplace_back(1, c);
  while (ranks.size() < 256 + merges) {
    std::map<std::string, int> counts;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) ++counts[parts[i] + parts[i + 1]];
    const auto best = std::ranges::max_element(
        counts, [](const auto& a, const auto& b) { return a.second < b.second; });
    if (best == counts.end() || !ranks.emplace(best->first, ranks.size()).second) break;
    std::vector<std::string> joined;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool pair = i + 1 < parts.size() && parts[i] + parts[i + 1] == best->first;
      joined.push_back(pair ? parts[i] + parts[i + 1] : parts[i]);
      i += pair ? 1 : 0;
    }
    parts = joined;
  }
  return ranks;
}

// What tiktoken does: join the pair of the lowest rank, the leftmost of equal ones.
inline std::vector<TokenId> plain_encode(const Ranks& ranks, std::string_view piece) {
  if (const auto whole = ranks.find(std::string(piece)); whole != ranks.end())
    return {whole->second};
  std::vector<std::string> parts;
  for (const char c : piece) parts.emplace_back(1, c);
  for (;;) {
    std::size_t at = parts.size();
    TokenId best = ~TokenId{0};
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = ranks.find(parts[i] + parts[i + 1]);
      if (found == ranks.end() || found->second >= best) continue;
      best = found->second;
      at = i;
    }
    if (at == parts.size()) break;
    parts[at] += parts[at + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  std::vector<TokenId> ids;
  for (const std::string& part : parts) ids.push_back(ranks.at(part));
  return ids;
}

inline std::string random_letters(std::mt19937& random, std::size_t length, unsigned letters) {
  std::string text;
  while (text.size() < length) text += static_cast<char>('a' + random() % letters);
  return text;
}

inline std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : kDigits[bits >> (18 - 6 * k) & 63];
  }
  return text;
}

inline std::string rank_file(const Ranks& ranks) {
  std::string file;
  for (const auto& [bytes, id] : ranks) file += base64(bytes) + " " + std::to_string(id) + "\n";
  return file;
}

inline std::vector<TokenId> encode(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenId> ids;
  tokenizer.encode(text, ids);
  return ids;
}

}  // namespace dsprep::test
