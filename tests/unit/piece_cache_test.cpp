// What is remembered of pieces, and the two ways to look it up.
#include "lib/text/piece_cache.h"

#include <doctest/doctest.h>

#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "lib/text/piece_lookup.h"

using namespace dsprep;

namespace {

struct Text {
  std::string bytes;  // and room behind it
  std::vector<std::uint32_t> ends;
};

Text random_text(std::mt19937& random) {
  Text text;
  while (text.ends.size() < PieceBatch::kMost) {
    for (std::size_t n = 1 + random() % 40; n > 0; --n)
      text.bytes += static_cast<char>(random() % 4 == 0 ? 0 : random() % 0xF5);
    text.ends.push_back(static_cast<std::uint32_t>(text.bytes.size()));
  }
  text.bytes.resize(text.bytes.size() + PieceCache::kMaxShort);
  return text;
}

std::string_view piece_of(const Text& text, std::size_t i) {
  const std::size_t begin = i == 0 ? 0 : text.ends[i - 1];
  return std::string_view(text.bytes).substr(begin, text.ends[i] - begin);
}

// The complement of the bytes, zeros behind.
PieceCache::Key key_of(std::string_view piece) {
  PieceCache::Key key;
  if (piece.size() > PieceCache::kMaxShort) return key;
  auto* const bytes = reinterpret_cast<unsigned char*>(key.words.data());
  for (std::size_t i = 0; i < piece.size(); ++i)
    bytes[i] = static_cast<unsigned char>(~static_cast<unsigned char>(piece[i]));
  return key;
}

}  // namespace

TEST_CASE("keys are those of the definition, and equal pieces have equal places") {
  std::mt19937 random(1);
  PieceCache cache;
  for (const PieceLookup& lookup : {kPortableLookup, best_lookup()}) {
    const Text text = random_text(random);
    PieceBatch batch, again;
    lookup.find_places(text.bytes.data(), 0, text.ends, cache.places(), batch);
    for (std::size_t i = 0; i < text.ends.size(); ++i) {
      const std::string_view piece = piece_of(text, i);
      REQUIRE(batch.keys[i] == key_of(piece));
      const std::string alone = std::string(piece) + std::string(PieceCache::kMaxShort, 'x');
      const std::vector end = {static_cast<std::uint32_t>(piece.size())};
      lookup.find_places(alone.data(), 0, end, cache.places(), again);
      REQUIRE(again.keys[0] == batch.keys[i]);
      REQUIRE(again.places[0] == batch.places[i]);
    }
  }
}

TEST_CASE("ids come up to the first piece that is not known, or that has more than fit an entry") {
  std::mt19937 random(2);
  for (const PieceLookup& lookup : {kPortableLookup, best_lookup()}) {
    PieceCache cache;
    PieceBatch batch;
    const std::string text = "abccdefg" + std::string(PieceCache::kMaxShort, '.');
    const std::vector<std::uint32_t> ends = {1, 3, 4, 7, 8};
    lookup.find_places(text.data(), 0, ends, cache.places(), batch);
    const std::vector<std::vector<TokenId>> ids = {
        {7}, {1, 2, 3, 4, 5, 6, 7}, {9, 8}, {1, 2, 3, 4, 5, 6, 7, 8}};
    for (std::size_t i = 0; i < ids.size(); ++i) {
      REQUIRE(cache.take_place(*batch.places[i], batch.keys[i]));
      cache.insert("", batch.places[i], ids[i]);
    }
    std::vector<TokenId> out(100);
    TokenId* next = out.data();
    CHECK(lookup.copy_ids(batch, 0, 5, next) == 3);
    out.resize(static_cast<std::size_t>(next - out.data()));
    CHECK(out == std::vector<TokenId>{7, 1, 2, 3, 4, 5, 6, 7, 9, 8});
    const auto spilled = cache.ids_of(*batch.places[3]);
    CHECK(std::vector<TokenId>(spilled.begin(), spilled.end()) == ids[3]);
    CHECK(lookup.copy_ids(batch, 4, 5, next) == 4);
  }
}

TEST_CASE("new pieces are those whose keys are not in their places, and all long ones") {
  std::mt19937 random(3);
  for (const PieceLookup& lookup : {kPortableLookup, best_lookup()}) {
    PieceCache cache;
    PieceBatch batch;
    const Text text = random_text(random);
    lookup.find_places(text.bytes.data(), 0, text.ends, cache.places(), batch);
    for (std::size_t i = 0; i < text.ends.size(); i += 3) batch.places[i]->key = batch.keys[i];
    const std::size_t first = 5, last = text.ends.size() - 5;
    std::vector<std::uint16_t> expected, found(last);
    for (std::size_t i = first; i < last; ++i) {
      if (PieceCache::is_long(piece_of(text, i)) || !(batch.places[i]->key == batch.keys[i]))
        expected.push_back(static_cast<std::uint16_t>(i));
    }
    found.resize(lookup.list_new(batch, first, last, found.data()));
    CHECK(found == expected);
  }
}

TEST_CASE("a new piece drives the one of its place beside, and comes back from there") {
  PieceCache cache;
  PieceCache::Entry& first = cache.places()[10];
  const PieceCache::Key a = key_of("a"), b = key_of("b"), c = key_of("c");
  const std::vector<TokenId> ids = {1, 2};
  const auto find = [&](const char* piece) { return cache.find(piece, key_of(piece), first); };
  REQUIRE(cache.take_place(first, a));
  CHECK_FALSE(cache.take_place(first, a));
  CHECK_FALSE(cache.take_place(first, b));  // a is new
  cache.insert("a", &first, ids);
  REQUIRE(cache.take_place(first, b));
  cache.insert("b", &first, ids);
  CHECK(find("b") == &first);
  CHECK(find("a") == &cache.beside(first));
  CHECK_FALSE(cache.take_place(first, a));  // known: they change places
  CHECK(find("a") == &first);
  CHECK(find("b") == &cache.beside(first));
  REQUIRE(cache.take_place(first, c));
  cache.insert("c", &first, ids);
  CHECK(find("b") == nullptr);
  CHECK(find("a") == &cache.beside(first));
}

TEST_CASE("a single id does not drive several out of the second place") {
  PieceCache cache;
  PieceCache::Entry& first = cache.places()[4];
  const std::vector<TokenId> one = {7}, two = {1, 2};
  const std::pair<const char*, const std::vector<TokenId>&> kPieces[] = {
      {"ab", two}, {"c", one}, {"d", one}};
  for (const auto& [piece, ids] : kPieces) {
    REQUIRE(cache.take_place(first, key_of(piece)));
    cache.insert(piece, &first, ids);
  }
  CHECK(cache.find("ab", key_of("ab"), first) == &cache.beside(first));
  CHECK(cache.find("c", key_of("c"), first) == nullptr);
}

TEST_CASE("places stand in pairs") {
  PieceCache cache;
  for (const std::size_t i : {0, 1, 10, 4097}) {
    PieceCache::Entry& first = cache.places()[i];
    CHECK(&cache.beside(first) == &cache.places()[i ^ 1]);
    CHECK(&cache.beside(cache.beside(first)) == &first);
  }
}

TEST_CASE("long pieces are remembered by all of their bytes, until there are too many") {
  PieceCache cache;
  const std::string piece(100, 'p');
  std::vector<TokenId> ids(20);
  std::iota(ids.begin(), ids.end(), 5);
  CHECK(cache.find_long(piece) == nullptr);
  cache.insert(piece, nullptr, ids);
  const PieceCache::Entry* const found = cache.find_long(piece);
  REQUIRE(found != nullptr);
  const auto of_entry = cache.ids_of(*found);
  CHECK(std::vector<TokenId>(of_entry.begin(), of_entry.end()) == ids);
  CHECK(cache.find_long(piece + "q") == nullptr);
  cache.trim();
  CHECK(cache.find_long(piece) != nullptr);
  for (std::size_t i = 0; i < 20'000; ++i) cache.insert(std::to_string(i) + piece, nullptr, ids);
  cache.trim();
  CHECK(cache.find_long(piece) == nullptr);
}
