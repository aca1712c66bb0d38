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

using Ids = PieceCache::Ids;

struct Text {
  std::string bytes;  // and room behind it
  std::vector<std::uint32_t> ends;
};

Text random_text(std::mt19937& random) {
  Text text;
  while (text.ends.size() < PieceBatch::kMost) {
    for (std::size_t n = 1 + random() % 20; n > 0; --n)
      text.bytes += static_cast<char>(random() % 4 == 0 ? 0 : random());
    text.ends.push_back(static_cast<std::uint32_t>(text.bytes.size()));
  }
  text.bytes.resize(text.bytes.size() + sizeof(PieceKey));
  return text;
}

std::string_view piece_of(const Text& text, std::size_t i) {
  const std::size_t begin = i == 0 ? 0 : text.ends[i - 1];
  return std::string_view(text.bytes).substr(begin, text.ends[i] - begin);
}

PieceKey expected_key(std::string_view piece) {
  return piece.size() > PieceCache::kMaxShort ? kLongKey : key_of(piece);
}

std::vector<TokenId> ids_of(const Ids& ids) {
  std::vector<TokenId> out;
  for (std::size_t i = 0; i < ids.count(); ++i) out.push_back(ids[i]);
  return out;
}

constexpr std::uint32_t kPlace = 10 * sizeof(PieceCache::Entry);

const PieceCache::Entry& entry_at(const PieceCache& cache, std::uint32_t place) {
  return cache.entries()[place / sizeof(PieceCache::Entry)];
}

struct Copied {
  std::vector<TokenId> ids = std::vector<TokenId>((PieceBatch::kMost + 2) * PieceCache::kInline);
  std::vector<PieceGap> gaps = std::vector<PieceGap>(PieceBatch::kMost + 1);
  PieceOutput out{.ids = ids.data(), .gaps = gaps.data()};
};

}  // namespace

TEST_CASE("keys are those of the definition, and equal pieces have equal places") {
  std::mt19937 random(1);
  PieceCache cache;
  for (const PieceLookup& lookup : {kPortableLookup, best_lookup()}) {
    const Text text = random_text(random);
    PieceBatch batch, again;
    lookup.find_places(text.bytes.data(), 0, text.ends, cache.entries(), batch);
    for (std::size_t i = 0; i < text.ends.size(); ++i) {
      const std::string_view piece = piece_of(text, i);
      REQUIRE(batch.keys[i] == expected_key(piece));
      REQUIRE((batch.places[i] & ~PieceCache::kPlaceMask) == 0);
      const std::string alone = std::string(piece) + std::string(sizeof(PieceKey), 'x');
      const std::vector end = {static_cast<std::uint32_t>(piece.size())};
      lookup.find_places(alone.data(), 0, end, cache.entries(), again);
      REQUIRE(again.keys[0] == batch.keys[i]);
      REQUIRE(again.places[0] == batch.places[i]);
    }
  }
}

TEST_CASE("ids are written as they were kept, up to five of 24 bits in the entry itself") {
  PieceCache cache;
  for (const std::vector<TokenId>& ids :
       {std::vector<TokenId>{7}, {1, 2}, {0xFFFFFF, 0, 0x123456}, {1, 2, 3, kPlace, 0xABCDEF}}) {
    const Ids kept = cache.keep(ids);
    REQUIRE(kept.is_inline());
    CHECK_FALSE(kept.is_pending());
    CHECK(kept.is_cheap() == (ids.size() == 1));
    CHECK(ids_of(kept) == ids);
  }
  for (const std::vector<TokenId>& ids :
       {std::vector<TokenId>{1, 2, 3, kPlace, 5, 6}, {0x1000000}, {5, ~TokenId{0}}}) {
    const Ids kept = cache.keep(ids);
    REQUIRE_FALSE(kept.is_inline());
    CHECK_FALSE(kept.is_pending());
    const auto found = cache.kept(kept.range());
    CHECK(std::vector<TokenId>(found.begin(), found.end()) == ids);
  }
  const Ids pending = Ids::pending(77);
  CHECK(pending.is_pending());
  CHECK_FALSE(pending.is_inline());
  CHECK(pending.range().begin == 77);
}

TEST_CASE("what stands in its first place is copied, everything else leaves a gap") {
  std::mt19937 random(2);
  for (const PieceLookup& lookup : {kPortableLookup, best_lookup()}) {
    PieceCache cache;
    PieceBatch batch;
    const Text text = random_text(random);
    lookup.find_places(text.bytes.data(), 0, text.ends, cache.entries(), batch);
    for (std::size_t i = 0; i < text.ends.size(); ++i) {
      if (batch.keys[i] == kLongKey || cache.find(batch.keys[i], batch.places[i]) != nullptr)
        continue;
      std::vector<TokenId> ids(random() % 7 + 1);
      for (TokenId& id : ids) id = static_cast<TokenId>(random() % 200'000);
      const Ids kept = i % 5 == 0 ? Ids::pending(3) : cache.keep(ids);
      if (i % 3 != 0) cache.insert(batch.keys[i], batch.places[i], kept);
    }
    std::vector<TokenId> ids;
    std::vector<std::array<std::size_t, 2>> gaps, found_gaps;
    for (std::size_t i = 0; i < text.ends.size(); ++i) {
      const PieceCache::Entry& entry = entry_at(cache, batch.places[i]);
      if (entry.is_of(expected_key(piece_of(text, i))) && entry.ids.is_inline()) {
        for (const TokenId id : ids_of(entry.ids)) ids.push_back(id);
      } else {
        gaps.push_back({i, ids.size()});
      }
    }
    Copied copied;
    const std::size_t half = text.ends.size() / 2;  // in two steps, which go on behind one another
    lookup.find_places(text.bytes.data(), 0, std::span(text.ends).first(half), cache.entries(),
                       batch);
    lookup.copy_ids(batch, half, cache.entries(), copied.out);
    lookup.find_places(text.bytes.data(), text.ends[half - 1], std::span(text.ends).subspan(half),
                       cache.entries(), batch);
    lookup.copy_ids(batch, text.ends.size() - half, cache.entries(), copied.out);
    copied.ids.resize(copied.out.count);
    CHECK(copied.ids == ids);
    CHECK(copied.out.pieces == text.ends.size());
    for (const PieceGap& gap : std::span(copied.gaps).first(copied.out.gap_count)) {
      found_gaps.push_back({gap.number, gap.at});
      CHECK(gap.key == expected_key(piece_of(text, gap.number)));
    }
    CHECK(found_gaps == gaps);
  }
}

TEST_CASE("a new piece drives the one of its place beside, and it comes back from there") {
  PieceCache cache;
  const std::vector<TokenId> ids = {1, 2};
  const auto add = [&](const char* piece) { cache.insert(key_of(piece), kPlace, cache.keep(ids)); };
  const auto knows = [&](const char* piece) { return cache.find(key_of(piece), kPlace) != nullptr; };
  const auto stands_at = [&](const char* piece, std::uint32_t place) {
    return entry_at(cache, place).is_of(key_of(piece));
  };
  add("a");
  CHECK(stands_at("a", kPlace));
  add("b");
  CHECK(stands_at("b", kPlace));
  CHECK(stands_at("a", kPlace + 32));
  CHECK(knows("a"));  // they change places
  CHECK(stands_at("a", kPlace));
  CHECK(stands_at("b", kPlace + 32));
  add("c");
  CHECK_FALSE(knows("b"));
  CHECK(knows("a"));
  CHECK(knows("c"));
}

TEST_CASE("a single id does not drive several out of the second place") {
  PieceCache cache;
  const std::vector<TokenId> one = {7}, two = {1, 2};
  cache.insert(key_of("ab"), kPlace, cache.keep(two));
  cache.insert(key_of("c"), kPlace, cache.keep(one));
  cache.insert(key_of("d"), kPlace, cache.keep(one));
  CHECK(entry_at(cache, kPlace).is_of(key_of("d")));
  CHECK(cache.find(key_of("ab"), kPlace) != nullptr);
  CHECK(cache.find(key_of("c"), kPlace) == nullptr);
}

TEST_CASE("long pieces are remembered by all of their bytes, until there are too many") {
  PieceCache cache;
  const auto find = [&](const std::string& piece) {
    return cache.find_long(piece, hash_of(std::string_view(piece)));
  };
  const auto insert = [&](const std::string& piece, const std::vector<TokenId>& ids) {
    cache.insert_long(piece, hash_of(std::string_view(piece)), ids);
  };
  const std::string piece(100, 'p');
  std::vector<TokenId> ids(20);
  std::iota(ids.begin(), ids.end(), 5);
  CHECK(find(piece).count == 0);
  insert(piece, ids);
  REQUIRE(find(piece).count == ids.size());
  const auto found = cache.kept(find(piece));
  CHECK(std::vector<TokenId>(found.begin(), found.end()) == ids);
  CHECK(find(piece + "q").count == 0);
  cache.trim();
  CHECK(find(piece).count == ids.size());
  cache.insert(key_of("ab"), kPlace, cache.keep(ids));
  const auto knows_short = [&] { return cache.find(key_of("ab"), kPlace) != nullptr; };
  const auto fill = [&](const std::vector<TokenId>& with) {
    for (std::size_t i = 0; i < 30'000; ++i) insert(std::to_string(i) + piece, with);
    cache.trim();
  };
  fill({1, 2});  // too many bytes
  CHECK(find(piece).count == 0);
  CHECK(knows_short());
  ids.resize(100);
  fill(ids);  // too many ids
  CHECK_FALSE(knows_short());
}
