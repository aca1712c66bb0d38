// The merge engine against the plain algorithm: pieces of all lengths, new and known ones.
#include <doctest/doctest.h>

#include <array>
#include <map>
#include <random>
#include <string>

#include "lib/text/bpe_encoder.h"
#include "lib/text/bpe_model.h"
#include "support/errors.h"
#include "support/ranks.h"

using namespace dsprep;
using test::Ranks;

namespace {

BpeModel model_of(const Ranks& ranks) {
  BpeModel model(ranks.size());
  std::vector<BpeModel::NewToken> tokens;
  for (const auto& [bytes, id] : ranks) {
    if (bytes.size() == 1) {
      model.add_byte(static_cast<unsigned char>(bytes[0]), id);
    } else {
      tokens.push_back({bytes, id});
    }
  }
  std::ranges::sort(tokens, {}, &BpeModel::NewToken::id);
  model.add_tokens(tokens, true);
  return model;
}

// Texts whose pieces are cut by hand, and what the plain algorithm makes of each.
struct Pieces {
  std::string text;
  std::vector<std::uint32_t> ends;
  std::vector<TokenId> ids;
  void add(const Ranks& ranks, std::string_view piece) {
    text += piece;
    ends.push_back(static_cast<std::uint32_t>(text.size()));
    const auto of_piece = test::plain_encode(ranks, piece);
    ids.insert(ids.end(), of_piece.begin(), of_piece.end());
  }
};

// A model of trained ranks, and what it remembers.
struct Engine {
  Engine(std::mt19937& random, unsigned letters, std::size_t merges)
      : ranks(test::train(test::random_letters(random, 3000, letters), merges)),
        model(model_of(ranks)) {}

  // `step` pieces at a time.
  std::vector<TokenId> encode(const Pieces& pieces, std::size_t step) {
    std::vector<TokenId> ids;
    std::uint32_t start = 0;
    for (std::size_t i = 0; i < pieces.ends.size(); i += step) {
      const auto part = std::span(pieces.ends).subspan(i, std::min(step, pieces.ends.size() - i));
      encoder.add({pieces.text, start, part}, ids);
      start = part.back();
    }
    return ids;
  }

  Ranks ranks;
  BpeModel model;
  BpeEncoder encoder{model};
};

}  // namespace

TEST_CASE("a vocabulary finds its tokens, short and long ones, and nothing else") {
  std::mt19937 random(3);
  std::vector<std::string> tokens, others;
  for (std::size_t i = 0; i < 50'000; ++i) {
    const std::string token = test::random_letters(random, 1 + random() % 20, 20);
    (i % 2 == 0 ? tokens : others).push_back(token);
  }
  BpeVocab vocab(tokens.size());
  std::map<std::string, TokenId> expected;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto id = static_cast<TokenId>(7 * i);
    REQUIRE(vocab.insert(tokens[i], id) == expected.emplace(tokens[i], id).second);
  }
  for (const std::string& other : others) expected.emplace(other, BpeVocab::kNone);
  for (const auto& [bytes, id] : expected) REQUIRE(vocab.find(bytes) == id);
}

TEST_CASE("more tokens than symbols have bits for are refused") {
  CHECK(test::code_of([] { BpeModel model(BpeVocab::kMostTokens + 1); }) == ErrorCode::kTooLarge);
}

TEST_CASE("pieces of every length give the ids of the plain algorithm, known and new ones") {
  std::mt19937 random(5);
  for (const unsigned letters : {1U, 2U, 4U, 12U}) {
    Engine engine(random, letters, 250);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      Pieces pieces;
      for (std::size_t i = 0; i < 600; ++i) {
        const std::size_t length = 1 + random() % (i % 10 == 0 ? 330 : i % 3 == 0 ? 70 : 16);
        pieces.add(engine.ranks, test::random_letters(random, length, letters));
      }
      for (std::size_t i = 0; i < 100; ++i)
        pieces.add(engine.ranks, test::random_letters(random, 3, letters));
      REQUIRE(engine.encode(pieces, step) == pieces.ids);
      REQUIRE(engine.encode(pieces, 1000) == pieces.ids);
    }
  }
}

TEST_CASE("lengths at which pieces are kept and merged in another way give the same ids") {
  std::mt19937 random(8);
  Engine engine(random, 3, 200);
  for (const std::size_t length : {14, 15, 16, 30, 31, 32, 33, 62, 63, 254, 255, 256, 257, 1000}) {
    CAPTURE(length);
    Pieces pieces;
    const std::string piece = test::random_letters(random, length, 3);
    for (std::size_t i = 0; i < 3; ++i) pieces.add(engine.ranks, piece);
    pieces.add(engine.ranks, piece.substr(1));
    pieces.add(engine.ranks, piece + piece.substr(0, 1));
    CHECK(engine.encode(pieces, 1000) == pieces.ids);
    CHECK(engine.encode(pieces, 2) == pieces.ids);
  }
}

TEST_CASE("pieces that drive each other out of the cache keep their ids") {
  std::mt19937 random(7);
  Engine engine(random, 12, 100);
  // Pieces of one place, found by trying.
  std::vector<std::string> rivals;
  PieceCache cache;
  PieceBatch batch;
  const PieceLookup lookup = best_lookup();
  while (rivals.size() < 5) {
    const std::string piece = test::random_letters(random, 7, 12);
    const std::string readable = piece + std::string(sizeof(PieceKey), '.');
    const std::vector<std::uint32_t> end = {7};
    lookup.find_places(readable.data(), 0, end, cache.entries(), batch);
    if (batch.places[0] / (2 * sizeof(PieceCache::Entry)) == 17) rivals.push_back(piece);
  }
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{400}}) {
    Pieces pieces;
    for (int i = 0; i < 400; ++i) pieces.add(engine.ranks, rivals[random() % rivals.size()]);
    CHECK(engine.encode(pieces, step) == pieces.ids);
    for (std::size_t i = 0; i < 20; ++i) {
      Pieces few;
      for (int k = 0; k < 4; ++k) few.add(engine.ranks, rivals[random() % rivals.size()]);
      CHECK(engine.encode(few, 400) == few.ids);
    }
  }
}

TEST_CASE("more pieces than the cache has places for, and bytes of zero, give the same ids") {
  std::mt19937 random(6);
  Engine engine(random, 12, 100);
  Pieces pieces;
  std::vector<std::string> known = {std::string(1, '\0'), std::string(8, '\0'),
                                    std::string(32, '\0'), std::string(40, '\0')};
  for (std::size_t i = 0; i < 300'000; ++i) {
    if (i % 3 == 0) {
      pieces.add(engine.ranks, known[random() % known.size()]);
    } else {
      pieces.add(engine.ranks, test::random_letters(random, 4 + random() % 3, 12));
      if (i % 100 == 1) known.push_back(test::random_letters(random, 6, 12));
    }
  }
  CHECK(engine.encode(pieces, 5000) == pieces.ids);
}

TEST_CASE("any number of pieces may be merged together, and each becomes what it becomes alone") {
  BpeMerges merges(4);
  const Symbol ab = merges.add('a', 'b');
  const Symbol abc = merges.add(ab, 'c');
  merges.add(abc, ab);
  merges.add('c', 'c');
  std::vector<std::string> pieces;
  for (unsigned i = 0; i < 1'000; ++i) {
    std::string& piece = pieces.emplace_back();
    for (unsigned n = 0; n <= i % 90; ++n) piece += "abc"[(i * 7 + n * n) % 3];
  }
  std::vector<std::array<Symbol, 90>> together(pieces.size()), alone(pieces.size());
  std::vector<MergeJob> jobs;
  for (std::size_t i = 0; i < pieces.size(); ++i) jobs.push_back({pieces[i], together[i].data()});
  merges.merge_short(jobs);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    MergeJob job{pieces[i], alone[i].data()};
    merges.merge_short({&job, 1});
    REQUIRE(jobs[i].count == job.count);
    CHECK(std::equal(job.symbols, job.symbols + job.count, jobs[i].symbols));
  }
}

TEST_CASE("long runs are merged in time that grows with their length, and very long ones refused") {
  const Ranks ranks = test::train(std::string(600, 'a'), 8);
  const auto tokenizer = load_tokenizer(test::rank_file(ranks), "x", {.pattern = "gpt2"});
  const auto ids = test::encode(*tokenizer, std::string(1 << 20, 'a'));
  CHECK(tokenizer->decode(ids) == std::string(1 << 20, 'a'));
  CHECK(test::code_of([&] { test::encode(*tokenizer, std::string(5 << 20, 'a')); }) ==
        ErrorCode::kTooLarge);
}
