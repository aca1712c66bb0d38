// Shards whose checksums all fit, made to mislead: an index that lies must not crash a reader, nor
// make it read elsewhere.
#include <doctest/doctest.h>

#include <functional>
#include <map>

#include "contract/samples.h"
#include "dsprep/verify.h"
#include "formats/common/footer.h"
#include "support/scratch.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

const Schema kSchema{{{"text", DType::kUint8, {-1}, Encoding::kText},
                      {"grid", DType::kUint16, {-1, -1}, Encoding::kArray},
                      {"pixels", DType::kUint8, {2, 2}, Encoding::kArray},
                      {"label", DType::kInt64, {}, Encoding::kClass}}};

struct Lie {
  const char* name;
  std::function<void(FooterHeader&, std::map<std::string, std::vector<std::byte>>& sections)> tell;
};

void set_number(std::vector<std::byte>& section, std::size_t index, std::uint64_t value) {
  REQUIRE(section.size() >= 8 * (index + 1));
  std::memcpy(section.data() + 8 * index, &value, sizeof(value));
}

// Writes the shard's footer anew, with what `lie` made of it.
void retell(const std::filesystem::path& path, const Lie& lie) {
  std::string bytes = slurp(path);
  FooterHeader header;
  std::map<std::string, std::vector<std::byte>> sections;
  std::vector<std::string> order;
  std::uint64_t body = 0;
  {
    const InputFile file(path);
    const Footer footer(file);
    header = footer.header();
    body = footer.body_bytes();
    for (const SectionRef& section : header.sections) {
      order.push_back(section.name);
      sections[section.name] = footer.section_bytes(file, section.name);
    }
  }
  lie.tell(header, sections);
  std::vector<Section> list;
  for (const std::string& name : order) {
    if (sections.contains(name)) list.push_back({name, sections[name]});
  }
  const std::vector<std::byte> footer = encode_footer(header, list, body);
  bytes.resize(body);
  bytes.append(reinterpret_cast<const char*>(footer.data()), footer.size());
  spill(path, bytes);
}

// Reads all there is; nothing but kCorrupt may come of it.
void read_everything(const std::filesystem::path& path) {
  bool refused = false;
  try {
    const auto reader = open_shard(path);
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(reader->size(), 100); ++i) {
      try {
        ReadBuffer buffer;
        (void)reader->read(i, buffer);
        (void)reader->extents(i);
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::kCorrupt);
        refused = true;
      }
    }
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kCorrupt);
    refused = true;
  }
  CHECK(refused);
  (void)verify_shard(path, Depth::kFull);
}

constexpr std::uint64_t kHuge = UINT64_MAX - 7;

const std::vector<Lie> kLiesOfAll = {
    {"more samples than sections",
     [](auto& h, auto&) { h.digest = Digest(h.digest.count() + 1, {}); }},
    {"as many samples as there are numbers",
     [](auto& h, auto&) { h.digest = Digest(UINT64_MAX, {}); }},
    {"a file of another name", [](auto& h, auto&) { h.files[0].suffix = "/../../secret"; }},
    {"a file too many", [](auto& h, auto&) { h.files.push_back(h.files[0]); }},
    {"another body size", [](auto& h, auto&) { h.files.back().bytes += 8; }},
    {"no source hashes", [](auto&, auto& s) { s.erase("source.xxh3"); }},
    {"a schema that another file was written with",
     [](auto& h, auto&) {
       h.shard.schema.fields[2].shape = {2, 3};
     }},
    {"keys that are inline", [](auto& h, auto&) { h.columns[0].layout = Layout::kInline; }},
    {"a fixed field that is ragged",
     [](auto& h, auto&) { h.columns[3].layout = Layout::kRagged, h.columns[3].block_bytes = 64; }},
    {"a ragged field that is inline",
     [](auto& h, auto&) { h.columns[1].layout = Layout::kInline; }},
};
const std::vector<Lie> kLiesOfRanges = {
    {"an offset behind the file", [](auto&, auto& s) { set_number(s["text.offset"], 1, kHuge); }},
    {"a length behind the file", [](auto&, auto& s) { set_number(s["text.length"], 1, kHuge); }},
    {"a length of a gigabyte", [](auto&, auto& s) { set_number(s["text.length"], 1, 1ULL << 30); }},
    {"a shape that is too large", [](auto&, auto& s) { set_number(s["grid.shapes"], 2, kHuge); }},
    {"a shape whose product wraps to the size",
     [](auto&, auto& s) {
       set_number(s["grid.shapes"], 2, 1ULL << 63), set_number(s["grid.shapes"], 3, 2);
     }},
    {"a fixed value of another length",
     [](auto&, auto& s) { set_number(s["pixels.length"], 0, 3); }},
    {"key offsets that fall", [](auto&, auto& s) { set_number(s["key.offsets"], 1, kHuge); }},
    {"key offsets behind the keys",
     [](auto&, auto& s) { set_number(s["key.offsets"], s["key.offsets"].size() / 8 - 1, kHuge); }},
    {"fewer lengths", [](auto&, auto& s) { s["text.length"].resize(8); }},
    {"fewer classes", [](auto&, auto& s) { s["label.values"].resize(8); }},
    {"no checksums", [](auto&, auto& s) { s.erase("text.xxh3"); }},
};
const std::vector<Lie> kLiesOfBlocks = {
    {"values that begin behind the file", [](auto& h, auto&) { h.columns[1].data_offset = kHuge; }},
    {"rows that begin behind the file", [](auto& h, auto&) { h.columns[3].data_offset = kHuge; }},
    {"offsets behind the file", [](auto& h, auto&) { h.columns[1].offsets_offset = kHuge; }},
    {"shapes in the file of the offsets",
     [](auto& h, auto&) { h.columns[2].shapes_file = h.columns[2].offsets_file; }},
    {"a block of all there is", [](auto& h, auto&) { h.columns[3].block_bytes = 1; }},
    {"rows of another size", [](auto& h, auto&) { h.columns[3].row_bytes = 5; }},
    {"keys without width", [](auto& h, auto&) { h.columns[0].row_bytes = 0; }},
    {"keys of a huge width", [](auto& h, auto&) { h.columns[0].row_bytes = kHuge; }},
    {"fewer checksums", [](auto&, auto& s) { s["pixels.xxh3"].clear(); }},
};

void check_lies(Container container, const std::vector<Lie>& lies) {
  CAPTURE(container_name(container));
  const Scratch scratch;
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < 6; ++i)
    samples.push_back(make_sample(kSchema, i, "key" + std::to_string(i), 20));
  for (const Lie& lie : lies) {
    CAPTURE(lie.name);
    write_shard(scratch / "s", header_for(container, kSchema), samples);
    retell(shard_file(scratch / "s", container, kSchema), lie);
    read_everything(shard_file(scratch / "s", container, kSchema));
  }
}

}  // namespace

TEST_CASE("a footer that lies is refused, whatever it says, without a crash or a huge allocation") {
  for (const Container container : kContainers) check_lies(container, kLiesOfAll);
  for (const Container container : {Container::kLmdb, Container::kWds})
    check_lies(container, kLiesOfRanges);
  check_lies(Container::kMemmap, kLiesOfBlocks);
}

TEST_CASE("offsets files that lie are refused even where nothing is compared") {
  const Scratch scratch;
  const std::vector<Sample> samples = {make_sample(kSchema, 1, "a", 20),
                                       make_sample(kSchema, 2, "b", 20)};
  write_shard(scratch / "s", header_for(Container::kMemmap, kSchema), samples);
  for (const char* name : {"s.text.offsets.npy", "s.grid.shapes.npy"}) {
    const std::string good = slurp(scratch / name);
    for (const std::uint64_t number : {std::uint64_t{1} << 40, kHuge, std::uint64_t{1} << 63}) {
      std::string bad = good;
      std::memcpy(bad.data() + bad.size() - 8, &number, sizeof(number));
      spill(scratch / name, bad);
      const auto reader = open_shard(scratch / "s.key.npy", Verify::kNever);
      ReadBuffer buffer;
      CHECK_THROWS_AS(reader->read(1, buffer), Error);
    }
    spill(scratch / name, good);
  }
}

TEST_CASE("a memmap shard that was renamed in part says so") {
  const Scratch scratch;
  write_shard(scratch / "s", header_for(Container::kMemmap), wide_samples(2));
  std::filesystem::rename(scratch / "s.key.npy", scratch / "other");
  CHECK_THROWS_WITH_AS((void)open_shard(scratch / "other"), doctest::Contains(".key.npy"), Error);
}

TEST_CASE("a tar refuses two samples of one name, and keeps extensions where it is told to") {
  const Scratch scratch;
  Sample first = make_sample(kSchema, 1, "a.jpg"), second = make_sample(kSchema, 2, "a.png");
  const std::vector<Sample> clash = {first, second};
  try {
    write_shard(scratch / "s", header_for(Container::kWds, kSchema), clash);
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kDuplicateKey);
  }
  first.ambiguous_stem = second.ambiguous_stem = true;
  const std::vector<Sample> told = {first, second};
  write_shard(scratch / "s", header_for(Container::kWds, kSchema), told);
  const std::string bytes = slurp(scratch / "s.tar");
  CHECK(bytes.find("a%2Ejpg.txt") != std::string::npos);
  CHECK(bytes.find("a%2Epng.txt") != std::string::npos);
}
