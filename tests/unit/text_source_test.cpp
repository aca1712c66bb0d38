// Long texts that are one document: read block by block, written part by part.
#include "tools/ingest/text_source.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "dsprep/dataset.h"
#include "support/build_support.h"
#include "support/errors.h"
#include "support/peak_memory.h"

using namespace dsprep;
using test::code_of;
namespace fs = std::filesystem;

namespace {

// Words of letters of several lengths in UTF-8, with spaces and newlines between them.
std::string long_text(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) {
    text += i % 17 == 0 ? "\n" : " ";
    text += i % 5 == 0 ? "na\xC3\xAFve" : i % 7 == 0 ? "\xE6\x97\xA5\xE6\x9C\xAC" : "word";
    text += std::to_string(i % 1000);
  }
  return text;
}

// A tokenizer that may only cut before a space.
class AtSpaces final : public Tokenizer {
 public:
  std::string_view name() const noexcept override { return "spaces"; }
  std::uint32_t vocab_size() const noexcept override { return 1; }
  void encode(std::string_view, std::vector<TokenId>&) const override {}
  std::string decode(std::span<const TokenId>) const override { return ""; }
  std::string to_file() const override { return ""; }
  bool needs_utf8() const noexcept override { return false; }
  std::size_t cut(std::string_view text) const noexcept override {
    const std::size_t space = text.rfind(' ');
    return space == std::string_view::npos ? 0 : space;
  }
};

BuildOptions file_options(const fs::path& input, const fs::path& out) {
  BuildOptions options;
  options.inputs = {input.string()};
  options.out = out;
  options.kind = InputKind::kText;
  options.text.doc = DocRule::kFile;
  options.text.tokenizer = "chars";
  options.progress = ProgressMode::kNone;
  options.force = true;
  return options;
}

std::vector<std::uint32_t> ids_of(std::string_view text) {
  std::vector<TokenId> ids;
  make_chars_tokenizer()->encode(text, ids);
  return ids;
}

std::vector<std::string> blocks_of(const fs::path& path, const Tokenizer& tokenizer) {
  const InputFile file(path);
  TextBlocks blocks(file, tokenizer);
  std::vector<std::string> all;
  std::uint64_t offset = 0;
  for (TextBlocks::Block block; blocks.next(block);) {
    CHECK(block.offset == offset);
    all.emplace_back(block.text);
    offset += block.text.size();
  }
  CHECK(all.size() == TextBlocks::count(file.size()));
  return all;
}

}  // namespace

TEST_CASE("blocks are the whole text, and end where the tokenizer may cut") {
  const test::Scratch scratch;
  const auto tokenizer = make_chars_tokenizer();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{256} << 10,
                                 (std::size_t{256} << 10) + 1, std::size_t{1'500'000}}) {
    CAPTURE(size);
    const std::string text = long_text(size).substr(0, size);
    test::spill(scratch / "text", text);
    std::string joined;
    const auto blocks = blocks_of(scratch / "text", *tokenizer);
    for (const std::string& block : blocks) {
      const bool cut = joined.size() + block.size() < text.size();
      const std::string_view behind = std::string_view(text).substr(joined.size() + block.size());
      CHECK((!cut || (static_cast<unsigned char>(behind[0]) & 0xC0) != 0x80));
      joined += block;
    }
    CHECK(joined == text);
  }
}

TEST_CASE("a text without a place to cut at waits, up to a limit") {
  const test::Scratch scratch;
  const AtSpaces tokenizer;
  test::spill(scratch / "text", std::string(3 << 20, 'x'));
  const auto blocks = blocks_of(scratch / "text", tokenizer);
  CHECK(blocks.back().size() == 3 << 20);
  CHECK(std::ranges::all_of(blocks.begin(), blocks.end() - 1,
                            [](const std::string& block) { return block.empty(); }));
  fs::resize_file(scratch / "text", std::uint64_t{1} << 30);
  CHECK(code_of([&] { (void)blocks_of(scratch / "text", tokenizer); }) == ErrorCode::kTooLarge);
}

TEST_CASE(
    "a long file is one sample with the ids of the whole, the same for any number of threads") {
  const test::Scratch scratch;
  const std::string text = long_text(3'000'000);
  fs::create_directories(scratch / "in");
  test::spill(scratch / "in/a.txt", "short");
  test::spill(scratch / "in/b.txt", text);
  test::spill(scratch / "in/c.txt", "last");
  BuildOptions options = file_options(scratch / "in", scratch / "out");
  options.text.bos = 7;
  options.text.eos = 8;
  for (const Container container : {Container::kMemmap, Container::kLmdb, Container::kWds}) {
    CAPTURE(container_name(container));
    options.format = container;
    options.jobs = 1;
    (void)run_build(options);
    const auto one = test::files_in(options.out);
    for (const unsigned jobs : {2U, 5U}) {
      options.jobs = jobs;
      (void)run_build(options);
      CHECK(test::files_in(options.out) == one);
    }
    const Dataset data = Dataset::open(options.out, "train");
    REQUIRE(data.size() == 3);
    for (std::uint64_t i = 0; i < 3; ++i) {
      if (data.key(i) != "b.txt") continue;
      const Sample sample = data.at(i);
      std::vector<std::uint32_t> expected = ids_of(text);
      expected.insert(expected.begin(), 7);
      expected.push_back(8);
      CHECK(std::ranges::equal(sample["tokens"].as<std::uint32_t>(), expected));
      const Place place = data.locate(i);
      CHECK(data.shard(place.shard)->source(place.position) == xxh3_128(as_bytes(text)));
    }
  }
}

TEST_CASE("a long file is packed as one stream") {
  const test::Scratch scratch;
  const std::string text = long_text(2'000'000);
  test::spill(scratch / "in.txt", text);
  BuildOptions options = file_options(scratch / "in.txt", scratch / "out");
  options.text.windows = {.length = 1000, .pack = true};
  options.jobs = 3;
  (void)run_build(options);
  const Dataset data = Dataset::open(options.out, "train");
  const std::vector<std::uint32_t> expected = ids_of(text);
  REQUIRE(data.size() == (expected.size() + 999) / 1000);
  std::vector<std::uint32_t> joined;
  for (std::uint64_t i = 0; i < data.size(); ++i) {
    const Sample sample = data.at(i);
    CHECK(data.key(i) == "in.txt@" + std::to_string(1000 * i));
    CHECK(sample["starts"].as<std::uint32_t>().size() == 1);
    CHECK(sample["starts"].as<std::uint32_t>()[0] == 0);
    std::ranges::copy(sample["tokens"].as<std::uint32_t>(), std::back_inserter(joined));
  }
  CHECK(joined == expected);
}

TEST_CASE("a long file is cut into windows as a short one is") {
  const test::Scratch scratch;
  const std::string text = long_text(1'500'000);
  test::spill(scratch / "in.txt", text);
  test::spill(
      scratch / "in.jsonl", R"({"text": ")" + [&] {
        std::string escaped;
        for (const char c : text) escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
        return escaped;
      }() + "\"}\n");
  for (const Tail tail : {Tail::kKeep, Tail::kShift, Tail::kPad}) {
    BuildOptions options = file_options(scratch / "in.txt", scratch / "out");
    options.text.windows = {.length = 1000, .stride = 700, .tail = tail, .pad = 5};
    options.jobs = 2;
    (void)run_build(options);
    const Dataset file = Dataset::open(options.out, "train");
    options.inputs = {(scratch / "in.jsonl").string()};
    options.text.doc = DocRule::kJsonl;
    options.out = scratch / "line";
    (void)run_build(options);
    const Dataset line = Dataset::open(options.out, "train");
    REQUIRE(file.size() == line.size());
    for (const std::uint64_t i : {std::uint64_t{0}, file.size() / 2, file.size() - 1}) {
      const Sample one = file.at(i), other = line.at(i);
      CHECK(std::ranges::equal(one["tokens"].as<std::uint32_t>(),
                               other["tokens"].as<std::uint32_t>()));
      CHECK(line.key(i) == "in.jsonl:1" + file.key(i).substr(6));
    }
  }
}

TEST_CASE("a long file is never in memory as a whole, nor are its ids") {
  const test::Scratch scratch;
  {
    std::ofstream file(scratch / "in.txt", std::ios::binary);
    const std::string text = long_text(1 << 20);
    for (int i = 0; i < 40; ++i) file << text;
  }
  BuildOptions options = file_options(scratch / "in.txt", scratch / "out");
  options.text.tokenizer = "bytes";
  for (const WindowOptions& windows :
       {WindowOptions{}, WindowOptions{.length = 1024, .pack = true},
        WindowOptions{.length = 1024, .stride = 1024, .tail = Tail::kDrop}}) {
    options.text.windows = windows;
    const auto peak = test::peak_memory([&] { (void)run_build(options); });
    if (peak) CHECK(*peak < 24 << 10);
  }
}

TEST_CASE("a fault late in a long file stops the build, or rejects all of the file") {
  const test::Scratch scratch;
  std::string text = long_text(2'000'000);
  const std::size_t bad = text.find("word", 1'700'000);
  text[bad] = '\xFF';
  fs::create_directories(scratch / "in");
  test::spill(scratch / "in/a.txt", "good");
  test::spill(scratch / "in/b.txt", text);
  BuildOptions options = file_options(scratch / "in", scratch / "out");
  for (const unsigned jobs : {1U, 4U}) {
    options.jobs = jobs;
    options.skip_errors = false;
    CHECK_THROWS_WITH_AS((void)run_build(options),
                         doctest::Contains(("byte " + std::to_string(bad) + " ").c_str()), Error);
    options.skip_errors = true;
    const BuildReport report = run_build(options);
    REQUIRE(report.published.has_value());
    CHECK(report.published->rejected == 1);
    CHECK(Dataset::open(options.out, "train").size() == 1);
  }
  options.text.replace_invalid = true;
  (void)run_build(options);
  CHECK(Dataset::open(options.out, "train").size() == 2);
}
