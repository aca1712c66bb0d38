// Random SentencePiece models against the definitions of the two kinds, without any cuts, caches or
// tables.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <random>

#include "lib/text/unicode/utf8_cursor.h"
#include "support/golden_tokenizers.h"

using namespace dsprep;
using test::ids_of;

namespace {

struct Piece {
  std::string text;
  float score;
};

std::string varint(std::size_t value) {
  std::string out;
  for (; value >= 128; value >>= 7) out += static_cast<char>((value & 127U) | 128U);
  return out + static_cast<char>(value);
}
std::string field(unsigned number, const std::string& bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}
std::string field(unsigned number, unsigned value) { return varint(number << 3) + varint(value); }
std::string field(unsigned number, float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  std::string out = varint(number << 3 | 5);
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(bits >> shift);
  return out;
}

// Ids: 0 is unknown, 1 to 256 are bytes, then the pieces. Texts are not changed.
constexpr TokenId kFirstByte = 1, kFirstPiece = 257;

std::string model_file(const std::vector<Piece>& pieces, unsigned type) {
  std::string file = field(1, field(1, "<unk>") + field(3, 2U));
  for (unsigned byte = 0; byte < 256; ++byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const std::string text = {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
    file += field(1, field(1, text) + field(3, 6U));
  }
  for (const Piece& p : pieces) file += field(1, field(1, p.text) + field(2, p.score));
  return file + field(2, field(3, type) + field(35, 1U)) + field(3, field(3, 0U) + field(4, 0U));
}

std::vector<std::string> characters_of(std::string_view text) {
  std::vector<std::string> characters;
  for_each_code_point(text, [&](char32_t, std::string_view c) { characters.emplace_back(c); });
  return characters;
}

// A space is U+2581 in SentencePiece's pieces.
void add_bytes(std::string_view character, std::vector<TokenId>& ids) {
  if (character == " ") character = "\xE2\x96\x81";
  for (const char byte : character) ids.push_back(kFirstByte + static_cast<unsigned char>(byte));
}

// The pair of the highest score, of equal ones the leftmost, until no pair is a piece.
std::vector<TokenId> bpe(std::string_view text, const std::vector<Piece>& pieces) {
  std::map<std::string, TokenId> number;
  for (TokenId i = 0; i < pieces.size(); ++i) number[pieces[i].text] = i;
  std::vector<std::string> symbols = characters_of(text);
  while (true) {
    std::size_t place = symbols.size();
    TokenId best = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = number.find(symbols[i] + symbols[i + 1]);
      if (found == number.end()) continue;
      if (place < symbols.size() && pieces[found->second].score <= pieces[best].score) continue;
      place = i;
      best = found->second;
    }
    if (place == symbols.size()) break;
    symbols[place] += symbols[place + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
  std::vector<TokenId> ids;
  for (const std::string& symbol : symbols) {
    if (const auto found = number.find(symbol); found != number.end()) {
      ids.push_back(kFirstPiece + found->second);
    } else {
      add_bytes(symbol, ids);
    }
  }
  return ids;
}

// The best path through the whole text, in float, as unigram.h tells.
std::vector<TokenId> unigram(std::string_view text, const std::vector<Piece>& pieces) {
  struct Node {
    float score = 0;
    std::size_t start = std::string_view::npos;
    TokenId piece = 0;  // pieces.size(): none
  };
  float lowest = 0;
  std::size_t longest = 4;
  std::map<std::string, TokenId, std::less<>> number;
  for (TokenId i = 0; i < pieces.size(); ++i) {
    number[pieces[i].text] = i;
    lowest = std::min(lowest, pieces[i].score);
    longest = std::max(longest, pieces[i].text.size());
  }
  const auto unknown = static_cast<TokenId>(pieces.size());
  std::vector<Node> nodes(text.size() + longest + 1);
  for (std::size_t at = 0; at < text.size(); at += utf8_length(text[at])) {
    if (nodes[at].score < -100000.0F) {
      for (std::size_t i = at + 1; i <= at + longest; ++i)
        if (nodes[i].start != std::string_view::npos) nodes[i].score -= nodes[at].score;
      nodes[at].score = 0;
    }
    const auto offer = [&](std::size_t length, float score, TokenId piece) {
      Node& node = nodes[at + length];
      const float sum = score + nodes[at].score;
      if (node.start == std::string_view::npos || sum > node.score) node = {sum, at, piece};
    };
    const std::size_t width = utf8_length(text[at]);
    bool single = false;
    for (std::size_t length = 1; length <= std::min(longest, text.size() - at); ++length) {
      const auto found = number.find(text.substr(at, length));
      if (found == number.end()) continue;
      single = single || length == width;
      offer(length, pieces[found->second].score, found->second);
    }
    if (!single) offer(width, lowest - 10, unknown);
  }
  std::vector<std::pair<std::size_t, TokenId>> steps;  // the start and the piece
  for (std::size_t end = text.size(); end > 0; end = nodes[end].start)
    steps.emplace_back(nodes[end].start, nodes[end].piece);
  std::ranges::reverse(steps);
  std::vector<TokenId> ids;
  for (const auto& [start, piece] : steps) {
    if (piece != unknown) {
      ids.push_back(kFirstPiece + piece);
    } else {
      add_bytes(text.substr(start, utf8_length(text[start])), ids);
    }
  }
  return ids;
}

const std::vector<std::string> kLetters = {"a", "b", "c", "\xC3\xA9", "\xE6\x97\xA5"};

std::string random_text(std::mt19937& random, std::size_t characters, std::size_t letters) {
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) text += kLetters[random() % letters];
  return text;
}

// Some letters are no pieces.
std::vector<Piece> random_pieces(std::mt19937& random, float (*score)(std::mt19937&)) {
  std::map<std::string, float> pieces;
  for (std::size_t i = 0; i + 1 < kLetters.size(); ++i)
    if (random() % 4 != 0) pieces[kLetters[i]] = score(random);
  for (int i = 0; i < 40; ++i)
    pieces[random_text(random, 2 + random() % 3, kLetters.size() - 1)] = score(random);
  std::vector<Piece> list;
  for (const auto& [text, value] : pieces) list.push_back({text, value});
  return list;
}

}  // namespace

TEST_CASE("random BPE models give the ids of the definition") {
  std::mt19937 random(1);
  constexpr float (*kScores[])(std::mt19937&) = {
      [](std::mt19937& r) { return -static_cast<float>(r() % 100000); },  // parts may rank behind
      [](std::mt19937& r) { return -static_cast<float>(r() % 4); },       // many are equal
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<Piece> pieces = random_pieces(random, kScores[round % 2]);
    if (round % 3 == 0) {  // in the order in which training finds them
      std::ranges::stable_sort(pieces, {}, [](const Piece& p) { return p.text.size(); });
      for (std::size_t i = 0; i < pieces.size(); ++i) pieces[i].score = -static_cast<float>(i);
    }
    const auto tokenizer = load_tokenizer(model_file(pieces, 2), "random.model");
    for (int i = 0; i < 30; ++i) {
      const std::string text = random_text(random, 1 + random() % (i == 0 ? 300 : 20), 5);
      CAPTURE(text);
      CHECK(ids_of(*tokenizer, text) == bpe(text, pieces));
    }
  }
}

TEST_CASE("random unigram models give the ids of the definition, rounding included") {
  std::mt19937 random(2);
  constexpr float (*kScores[])(std::mt19937&) = {
      [](std::mt19937& r) { return -4 - static_cast<float>(r() % 1000) / 100; },
      // Sums that are equal, or nearly so, and scores in the middle of two multiples.
      [](std::mt19937& r) { return -2 * static_cast<float>(1 + r() % 4); },
      [](std::mt19937& r) {
        return -4 - static_cast<float>(r() % 3) * 4 - static_cast<float>(r() % 7) / 4096;
      },
  };
  for (int round = 0; round < 30; ++round) {
    const std::vector<Piece> pieces = random_pieces(random, kScores[round % 3]);
    const auto tokenizer = load_tokenizer(model_file(pieces, 1), "random.model");
    std::vector<std::string> words;
    for (int i = 0; i < 60; ++i) words.push_back(random_text(random, 1 + random() % 9, 5) + " ");
    std::string text;
    while (text.size() < 60000) text += words[random() % words.size()];
    const std::vector<TokenId> expected = unigram(text, pieces);
    const bool same = ids_of(*tokenizer, text) == expected;
    CHECK(same);
    std::vector<TokenId> ids;
    TextCarry carry;
    for (std::string_view rest = text; !rest.empty();) {
      std::size_t end = tokenizer->cut(rest.substr(0, 100 + random() % 5000));
      if (end == 0) end = rest.size();
      tokenizer->encode_part(rest.substr(0, end), carry, ids);
      rest.remove_prefix(end);
    }
    const bool same_in_parts = ids == expected;
    CHECK(same_in_parts);
  }
}
