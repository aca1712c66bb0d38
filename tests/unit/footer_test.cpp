#include "formats/common/footer.h"

#include <doctest/doctest.h>

#include <functional>
#include <optional>

#include "support/scratch.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

const std::string kBody = "the body of the file, 33 bytes...";

FooterHeader header_of_two() {
  FooterHeader header;
  header.shard = {.container = Container::kWds,
                  .schema = {{{"label", DType::kInt64, {}, Encoding::kClass}}},
                  .split = "val",
                  .part = 7,
                  .plan = "p",
                  .options = R"({"x":[1,2]})"};
  header.digest = Digest(2, {5, 6});
  header.files = {{".tar", kBody.size(), xxh3_128(as_bytes(kBody))}};
  header.columns = {{.name = "key"}, {.name = "label", .layout = Layout::kInline, .row_bytes = 8}};
  return header;
}

std::string file_of(FooterHeader header, std::size_t multiple = kSectionAlignment) {
  const std::vector<Section> sections = {
      make_section("label.values", std::vector<std::int64_t>{-1, 9}), {"odd", {std::byte{7}}}};
  const std::vector<std::byte> footer = encode_footer(header, sections, kBody.size(), multiple);
  return kBody + std::string(reinterpret_cast<const char*>(footer.data()), footer.size());
}

// Writes a tail over the file's, with a checksum that fits.
std::string resealed(std::string file, const std::function<void(std::string& tail)>& change) {
  std::string tail = file.substr(file.size() - kTailBytes);
  const auto header_bytes = get<std::uint64_t>(as_bytes(tail), 0);
  change(tail);
  Hasher128 hasher;
  hasher.update(as_bytes(file).subspan(file.size() - kTailBytes - header_bytes, header_bytes));
  hasher.update(as_bytes(tail).first(32));
  const Hash128 hash = hasher.value();
  std::memcpy(tail.data() + 32, &hash, sizeof(hash));
  return file.replace(file.size() - kTailBytes, kTailBytes, tail);
}

std::optional<ErrorCode> code_of(const std::string& bytes) {
  const Scratch scratch;
  spill(scratch / "f", bytes);
  try {
    const Footer footer{InputFile(scratch / "f")};
    return std::nullopt;
  } catch (const Error& error) {
    CHECK(error.where().file == (scratch / "f").string());
    return error.code();
  }
}

}  // namespace

TEST_CASE("a footer gives back what it was made from, at any alignment") {
  for (const std::size_t multiple : {8, 64, 512}) {
    const Scratch scratch;
    const std::string bytes = file_of(header_of_two(), multiple);
    CHECK((bytes.size() - kBody.size()) % multiple == 0);
    spill(scratch / "f", bytes);
    const InputFile file(scratch / "f");
    CHECK(has_footer(file));
    const Footer footer(file);
    CHECK(footer.samples() == 2);
    CHECK(footer.body_bytes() == kBody.size());
    CHECK(footer.header().shard.split == "val");
    CHECK(footer.header().shard.part == 7);
    CHECK(footer.header().shard.options == R"({"x":[1,2]})");
    CHECK(footer.header().digest == Digest(2, {5, 6}));
    CHECK(footer.header().files[0].hash == xxh3_128(as_bytes(kBody)));
    CHECK(footer.column("label").row_bytes == 8);
    CHECK(footer.section<std::int64_t>(file, "label.values", 2) ==
          std::vector<std::int64_t>{-1, 9});
    CHECK_THROWS_AS(footer.section<std::int64_t>(file, "label.values", 3), Error);
    CHECK_THROWS_AS(footer.section_bytes(file, "absent"), Error);
  }
}

TEST_CASE("the size of a footer does not depend on the hash of the body") {
  FooterHeader other = header_of_two();
  other.files[0].hash = {};
  CHECK(file_of(other).size() == file_of(header_of_two()).size());
}

TEST_CASE("every flipped byte of a footer's header or tail is found when it is opened") {
  const std::string good = file_of(header_of_two());
  const std::size_t sections =
      24;  // two numbers, one byte and its padding: compared when they are loaded
  for (std::size_t offset = kBody.size() + sections; offset < good.size(); ++offset) {
    CAPTURE(offset);
    std::string bad = good;
    bad[offset] = static_cast<char>(bad[offset] ^ 0x10);
    CHECK(code_of(bad) == ErrorCode::kCorrupt);
  }
}

TEST_CASE("a newer format is refused as such, a newer minor one is read") {
  const std::string good = file_of(header_of_two());
  CHECK(code_of(resealed(good, [](std::string& tail) { tail[24] = 2; })) == ErrorCode::kVersion);
  CHECK(code_of(resealed(good, [](std::string& tail) { tail[28] = 9; })) == std::nullopt);
}

TEST_CASE("sizes that do not add up are refused before anything is allocated") {
  const std::string good = file_of(header_of_two());
  for (const std::size_t field : {0, 8, 16}) {  // header, footer and file bytes
    CAPTURE(field);
    CHECK(code_of(resealed(good, [&](std::string& tail) { tail.replace(field, 8, 8, '\x7F'); })) ==
          ErrorCode::kCorrupt);
  }
  CHECK(code_of("") == ErrorCode::kCorrupt);
  CHECK(code_of("x" + good) == ErrorCode::kCorrupt);
  CHECK(code_of(good.substr(good.size() - kTailBytes)) == ErrorCode::kCorrupt);
}

TEST_CASE("a header that contradicts itself is refused") {
  const auto spoiled = [](auto spoil) {
    FooterHeader header = header_of_two();
    spoil(header);
    return code_of(file_of(header));
  };
  CHECK(spoiled([](FooterHeader&) {}) == std::nullopt);
  CHECK(spoiled([](FooterHeader& h) { h.columns.pop_back(); }) == ErrorCode::kCorrupt);
  CHECK(spoiled([](FooterHeader& h) { h.columns[1].name = "other"; }) == ErrorCode::kCorrupt);
  CHECK(spoiled([](FooterHeader& h) { h.columns[0].name = "label"; }) == ErrorCode::kCorrupt);
  CHECK(spoiled([](FooterHeader& h) { h.columns[1].file = 1; }) == ErrorCode::kCorrupt);
  CHECK(spoiled([](FooterHeader& h) { h.columns[1].offsets_file = 9; }) == ErrorCode::kCorrupt);
  CHECK(spoiled([](FooterHeader& h) { h.columns[1].layout = Layout::kRows; }) ==
        ErrorCode::kCorrupt);
}
