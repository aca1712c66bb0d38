// The merge engine against a plain one, with ranks from a small trainer.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>

#include "dsprep/tokenizer.h"
#include "lib/text/bpe_model.h"
#include "support/errors.h"

using namespace dsprep;

namespace {

using Ranks = std::map<std::string, TokenId>;

// All bytes, then `merges` tokens: each time the most frequent neighbours of `text`.
Ranks train(const std::string& text, std::size_t merges) {
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
std::vector<TokenId> plain_encode(const Ranks& ranks, std::string_view piece) {
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

std::string random_letters(std::mt19937& random, std::size_t length, unsigned letters) {
  std::string text;
  while (text.size() < length) text += static_cast<char>('a' + random() % letters);
  return text;
}

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

std::string base64(std::string_view bytes) {
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

std::string rank_file(const Ranks& ranks) {
  std::string file;
  for (const auto& [bytes, id] : ranks) file += base64(bytes) + " " + std::to_string(id) + "\n";
  return file;
}

std::vector<TokenId> encode(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenId> ids;
  tokenizer.encode(text, ids);
  return ids;
}

}  // namespace

namespace {

// Texts whose pieces are cut by hand, and what the plain algorithm makes of each.
struct Pieces {
  std::string text;
  std::vector<std::uint32_t> ends;
  std::vector<TokenId> ids;
  void add(const Ranks& ranks, std::string_view piece) {
    text += piece;
    ends.push_back(static_cast<std::uint32_t>(text.size()));
    const auto of_piece = plain_encode(ranks, piece);
    ids.insert(ids.end(), of_piece.begin(), of_piece.end());
  }
};

std::vector<TokenId> encode_pieces(const BpeModel& model, const Pieces& pieces, std::size_t step,
                                   BpeWorkspace& workspace) {
  std::vector<TokenId> ids;
  std::vector<std::size_t> ends;
  std::uint32_t start = 0;
  for (std::size_t i = 0; i < pieces.ends.size(); i += step) {
    const auto part = std::span(pieces.ends).subspan(i, std::min(step, pieces.ends.size() - i));
    model.add(pieces.text, start, part, workspace, {ids, ends});
    start = part.back();
  }
  model.flush(workspace, {ids, ends});
  return ids;
}

}  // namespace

TEST_CASE("pieces of every length give the ids of the plain algorithm, known and new ones") {
  std::mt19937 random(5);
  for (const unsigned letters : {1U, 2U, 4U, 12U}) {
    const Ranks ranks = train(random_letters(random, 3000, letters), 250);
    const BpeModel model = model_of(ranks);
    BpeWorkspace workspace;
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      if (step == 7) model.warm_up(workspace);  // known tokens change nothing
      Pieces pieces;
      for (std::size_t i = 0; i < 600; ++i) {
        const std::size_t length = 1 + random() % (i % 10 == 0 ? 330 : i % 3 == 0 ? 70 : 16);
        pieces.add(ranks, random_letters(random, length, letters));
      }
      for (std::size_t i = 0; i < 100; ++i) pieces.add(ranks, random_letters(random, 3, letters));
      REQUIRE(encode_pieces(model, pieces, step, workspace) == pieces.ids);
      REQUIRE(encode_pieces(model, pieces, 1000, workspace) == pieces.ids);
    }
  }
}

TEST_CASE("lengths at which pieces are kept and merged in another way give the same ids") {
  std::mt19937 random(8);
  const Ranks ranks = train(random_letters(random, 3000, 3), 200);
  const BpeModel model = model_of(ranks);
  BpeWorkspace workspace;
  for (const std::size_t length : {14, 15, 16, 30, 31, 32, 33, 62, 63, 254, 255, 256, 257, 1000}) {
    CAPTURE(length);
    Pieces pieces;
    const std::string piece = random_letters(random, length, 3);
    for (std::size_t i = 0; i < 3; ++i) pieces.add(ranks, piece);
    pieces.add(ranks, piece.substr(1));
    pieces.add(ranks, piece + piece.substr(0, 1));
    CHECK(encode_pieces(model, pieces, 1000, workspace) == pieces.ids);
    CHECK(encode_pieces(model, pieces, 2, workspace) == pieces.ids);
  }
}

TEST_CASE("pieces that drive each other out of the cache keep their ids") {
  std::mt19937 random(7);
  const Ranks ranks = train(random_letters(random, 3000, 12), 100);
  const BpeModel model = model_of(ranks);
  BpeWorkspace workspace;
  // Pieces of one place, found by trying.
  std::vector<std::string> rivals;
  PieceCache cache;
  PieceBatch batch;
  const PieceLookup lookup = best_lookup();
  PieceCache::Entry* place = nullptr;
  while (rivals.size() < 5) {
    const std::string piece = random_letters(random, 5, 12);
    const std::string readable = piece + std::string(PieceCache::kMaxShort, '.');
    const std::vector<std::uint32_t> end = {5};
    lookup.find_places(readable.data(), 0, end, cache.places(), batch);
    if (place == nullptr) place = batch.places[0];
    if (batch.places[0] == place || batch.places[0] == &cache.beside(*place))
      rivals.push_back(piece);
  }
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{400}}) {
    Pieces pieces;
    for (int i = 0; i < 400; ++i) pieces.add(ranks, rivals[random() % rivals.size()]);
    CHECK(encode_pieces(model, pieces, step, workspace) == pieces.ids);
    for (std::size_t i = 0; i < 20; ++i) {
      Pieces few;
      for (int k = 0; k < 4; ++k) few.add(ranks, rivals[random() % rivals.size()]);
      CHECK(encode_pieces(model, few, 400, workspace) == few.ids);
    }
  }
}

TEST_CASE("more pieces than the cache has places for, and bytes of zero, give the same ids") {
  std::mt19937 random(6);
  const Ranks ranks = train(random_letters(random, 3000, 12), 100);
  const BpeModel model = model_of(ranks);
  BpeWorkspace workspace;
  Pieces pieces;
  std::vector<std::string> known = {std::string(1, '\0'), std::string(8, '\0'),
                                    std::string(32, '\0'), std::string(40, '\0')};
  for (std::size_t i = 0; i < 300'000; ++i) {
    if (i % 3 == 0) {
      pieces.add(ranks, known[random() % known.size()]);
    } else {
      pieces.add(ranks, random_letters(random, 4 + random() % 3, 12));
      if (i % 100 == 1) known.push_back(random_letters(random, 6, 12));
    }
  }
  CHECK(encode_pieces(model, pieces, 5000, workspace) == pieces.ids);
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

TEST_CASE("a tiktoken file is read whatever the order of its lines, and decodes what it encodes") {
  std::mt19937 random(6);
  const Ranks ranks =
      train("the cat sat on the mat, the rat sat on the cat's hat; that's that 1234", 60);
  const auto tokenizer = load_tokenizer(rank_file(ranks), "x.tiktoken", {.pattern = "cl100k"});
  const std::string text = "the cat's hat, 12345 caf\xC3\xA9 \n\n that";
  const auto ids = encode(*tokenizer, text);
  CHECK(tokenizer->decode(ids) == text);
  std::vector<TokenId> expected;
  for (const char* piece :
       {"the", " cat", "'s", " hat", ",", " ", "123", "45", " caf\xC3\xA9", " \n\n", " that"}) {
    const auto part = plain_encode(ranks, piece);
    expected.insert(expected.end(), part.begin(), part.end());
  }
  CHECK(ids == expected);
  CHECK(tokenizer->vocab_size() == ranks.size());
  CHECK(tokenizer->to_file() == rank_file(ranks));
  const auto batch = tokenizer->encode_batch(std::vector<std::string_view>(50, text), 4);
  for (const auto& each : batch) CHECK(each == ids);
}

TEST_CASE("many texts at once give the ids of each alone, and tell where each ends") {
  std::mt19937 random(7);
  const Ranks ranks = train(random_letters(random, 3000, 12), 250);
  const auto tokenizer = load_tokenizer(rank_file(ranks), "x", {.pattern = "cl100k"});
  for (const std::size_t most : {3U, 40U, 3000U}) {
    std::vector<std::string> texts;
    for (int i = 0; i < 300; ++i) {
      texts.push_back(random_letters(random, random() % most, 12));
      if (i % 50 == 0) texts.back() += random_letters(random, 400, 1);
    }
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<TokenId> ids{1, 2}, expected{1, 2};
    std::vector<std::size_t> ends, expected_ends;
    tokenizer->encode_many(views, ids, ends);
    for (const std::string_view text : views) {
      tokenizer->encode(text, expected);
      expected_ends.push_back(expected.size());
    }
    CHECK(ids == expected);
    CHECK(ends == expected_ends);
  }
}

TEST_CASE("a text may be cut where the tokenizer says, and nowhere else is asked of it") {
  std::mt19937 random(8);
  const Ranks ranks = train(random_letters(random, 2000, 5) + " ab ba 12 \n ab", 80);
  for (const char* pattern : {"gpt2", "cl100k", "qwen", "o200k"}) {
    CAPTURE(pattern);
    const auto tokenizer = load_tokenizer(rank_file(ranks), "x", {.pattern = pattern});
    for (int i = 0; i < 300; ++i) {
      std::string text;
      for (int k = 0; k < 30; ++k) text += std::string_view("abc12 '\n!\t  sB")[random() % 14];
      const std::size_t cut = tokenizer->cut(text);
      CAPTURE(text);
      auto parts = encode(*tokenizer, text.substr(0, cut));
      const auto rest = encode(*tokenizer, text.substr(cut));
      parts.insert(parts.end(), rest.begin(), rest.end());
      REQUIRE(parts == encode(*tokenizer, text));
    }
  }
  const auto regex = load_tokenizer(rank_file(ranks), "x", {.pattern = "[a-z]+| "});
  CHECK(regex->cut("ab ab") == 0);
  CHECK(encode(*regex, "ab1!").size() == encode(*regex, "ab").size());
}

namespace {

// As many ranks as p50k has, with its last token: the bytes, pairs of bytes, runs of blanks. 50256
// is the special token's.
std::string ranks_like_p50k() {
  std::string file;
  TokenId rank = 0;
  const auto add = [&](const std::string& bytes) {
    if (rank == 50256) ++rank;
    file += base64(bytes) + " " + std::to_string(rank++) + "\n";
  };
  for (int b = 0; b < 256; ++b) add(std::string(1, static_cast<char>(b)));
  for (int pair = 0; rank < 256 + 50'000; ++pair)
    if (pair != 0x2020) add({static_cast<char>(pair >> 8), static_cast<char>(pair)});
  for (std::size_t blanks = 2; blanks <= 25; ++blanks) add(std::string(blanks, ' '));
  return file;
}

}  // namespace

TEST_CASE("ranks of p50k are known, and their special token is text, an id or an error") {
  const std::string file = ranks_like_p50k();
  const TokenId end = 50256;
  const auto text = load_tokenizer(file, "ranks");
  const auto allow = load_tokenizer(file, "ranks", {.special = SpecialTokens::kAllow});
  const auto forbid = load_tokenizer(file, "ranks", {.special = SpecialTokens::kForbid});
  const std::string blanks(24, ' ');
  const TokenId of_blanks = 50257 + 22, of_b = 256 + 0x2062 - 1;
  CHECK(encode(*text, "a" + blanks + " b") == std::vector<TokenId>{'a', of_blanks, of_b});
  CHECK(text->end_of_text() == end);
  CHECK(text->vocab_size() == 50281);

  const std::string marked = "a<|endoftext|>" + blanks + " b";
  CHECK(encode(*allow, marked) == std::vector<TokenId>{'a', end, of_blanks, of_b});
  CHECK(encode(*text, marked).size() > 4);
  CHECK(test::code_of([&] { encode(*forbid, marked); }) == ErrorCode::kUsage);
  CHECK(encode(*forbid, "a|endoftext|") == encode(*text, "a|endoftext|"));
  for (const Tokenizer* tokenizer : {text.get(), allow.get()})
    CHECK(tokenizer->decode(encode(*tokenizer, marked)) == marked);
}

TEST_CASE("special tokens of ranks that nobody knows are refused") {
  std::mt19937 random(9);
  const std::string file = rank_file(train(random_letters(random, 1000, 4), 50));
  CHECK(test::code_of([&] {
          load_tokenizer(file, "ranks", {.pattern = "gpt2", .special = SpecialTokens::kAllow});
        }) == ErrorCode::kUsage);
}

TEST_CASE("bad rank files are refused with their line or rank") {
  const Ranks bytes = train("", 0);
  const std::string all = rank_file(bytes);
  struct Case {
    std::string file;
    ErrorCode code;
  };
  const Case kCases[] = {
      {all + "YWI=\n", ErrorCode::kCorrupt},
      {all + "YWI 256\n", ErrorCode::kCorrupt},
      {all + "YW*= 256\n", ErrorCode::kCorrupt},
      {all + "YWI= x\n", ErrorCode::kCorrupt},
      {all + "YWI= 7\n", ErrorCode::kCorrupt},
      {all + "YWI= 256\nYWI= 257\n", ErrorCode::kCorrupt},
      {all.substr(all.find('\n') + 1), ErrorCode::kCorrupt},
      // "abc" is 256, made of "ab" of a higher rank
      {all + "YWJj 256\nYWI= 257\n", ErrorCode::kUnsupportedFormat},
  };
  for (const Case& bad : kCases) {
    CAPTURE(bad.file.substr(bad.file.size() - 20));
    CHECK(test::code_of([&] { load_tokenizer(bad.file, "x", {.pattern = "gpt2"}); }) == bad.code);
  }
  CHECK(test::code_of([&] { load_tokenizer(all, "x"); }) == ErrorCode::kUsage);
  CHECK(test::code_of([&] { encode(*load_tokenizer(all, "x", {.pattern = "gpt2"}), "a\xFF"); }) ==
        ErrorCode::kBadEncoding);
}

TEST_CASE("long runs are merged in time that grows with their length, and very long ones refused") {
  const Ranks ranks = train(std::string(600, 'a'), 8);
  const auto tokenizer = load_tokenizer(rank_file(ranks), "x", {.pattern = "gpt2"});
  const auto ids = encode(*tokenizer, std::string(1 << 20, 'a'));
  CHECK(tokenizer->decode(ids) == std::string(1 << 20, 'a'));
  CHECK(test::code_of([&] { encode(*tokenizer, std::string(5 << 20, 'a')); }) ==
        ErrorCode::kTooLarge);
}
