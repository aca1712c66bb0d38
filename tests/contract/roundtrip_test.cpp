#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "contract/samples.h"
#include "support/errors.h"
#include "support/scratch.h"

using namespace dsprep;
using namespace dsprep::test;
namespace fs = std::filesystem;

namespace {

void check_all(const ShardReader& reader, const std::vector<Sample>& samples) {
  REQUIRE(reader.size() == samples.size());
  ReadBuffer buffer;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    CAPTURE(i);
    CHECK(difference(reader.read(i, buffer), samples[i]) == "");
    CHECK(reader.key(i, buffer) == samples[i].key);
    CHECK(reader.source(i) == samples[i].source);
    for (std::size_t field = 0; field < samples[i].values.size(); ++field) {
      CHECK(std::ranges::equal(reader.read_field(i, field, buffer).bytes,
                               as_bytes(samples[i].values[field])));
    }
  }
}

// Many in one call, from the last to the first and one of them twice. Gives how many had a view.
std::size_t check_many(const ShardReader& reader, const std::vector<Sample>& samples,
                       std::size_t field) {
  std::vector<std::uint64_t> positions;
  for (std::uint64_t i = samples.size(); i > 0; --i) positions.push_back(i - 1);
  positions.push_back(0);
  std::vector<Shape> shapes(positions.size());
  const bool shaped = reader.shapes(positions, field, shapes);
  std::vector<Bytes> views(positions.size());
  reader.views(positions, field, views);
  std::size_t seen = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    CAPTURE(positions[i]);
    const Sample& sample = samples[positions[i]];
    if (shaped) CHECK(shapes[i] == sample.shapes[field]);
    if (views[i].data() == nullptr) continue;
    ++seen;
    CHECK(std::ranges::equal(views[i], as_bytes(sample.values[field])));
  }
  positions.back() = samples.size();  // behind the end: nothing, and no fault
  CHECK(!reader.shapes(positions, field, shapes));
  reader.views(positions, field, views);
  CHECK(std::ranges::all_of(views, [](Bytes view) { return view.data() == nullptr; }));
  return seen;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE(
    "what was written is read back, for every kind of field, odd keys, and any number of samples") {
  for (const Container container : kContainers) {
    for (const std::size_t count : {0, 1, 2, 25, 300}) {
      CAPTURE(container_name(container));
      CAPTURE(count);
      const Scratch scratch;
      const std::vector<Sample> samples = wide_samples(count);
      const ShardSummary summary =
          write_shard(scratch / "train-00003", header_for(container), samples);
      CHECK(summary.digest.count() == count);
      for (const Verify verify : {Verify::kFirst, Verify::kAlways, Verify::kNever}) {
        const auto reader = open_shard(shard_file(scratch / "train-00003", container), verify);
        check_all(*reader, samples);
        CHECK(!reader->foreign());
        CHECK(reader->digest() == summary.digest);
      }
    }
  }
}

TEST_CASE("many values asked for in one call are those that are read one by one") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    const std::vector<Sample> samples = wide_samples(300);
    write_shard(scratch / "s", header_for(container), samples);
    for (const Verify verify : {Verify::kFirst, Verify::kAlways, Verify::kNever}) {
      for (const Io io : {Io::kAuto, Io::kMmap, Io::kPread}) {
        const auto reader = open_shard(shard_file(scratch / "s", container), verify, io);
        for (std::size_t field = 0; field < wide_schema().fields.size(); ++field) {
          const std::string name = wide_schema().fields[field].name;
          CAPTURE(name);
          const std::size_t seen = check_many(*reader, samples, field);
          if (io == Io::kMmap && name == "tokens") CHECK(seen > 200);  // all that are not empty
          if (io == Io::kMmap && name == "label") CHECK(seen == 301);
          if (io == Io::kPread && name == "tokens") CHECK(seen == 0);
        }
      }
    }
  }
}

TEST_CASE("values over one checksum block and over the writer's buffer are read back") {
  const Schema schema{{{"image", DType::kUint8, {-1}, Encoding::kImage},
                       {"tokens", DType::kUint32, {-1}, Encoding::kArray},
                       {"pixels", DType::kUint8, {300, 300, 1}, Encoding::kArray},
                       {"small", DType::kUint16, {700}, Encoding::kArray},
                       {"grid", DType::kUint8, {-1, -1}, Encoding::kArray}}};
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < 60; ++i)
    samples.push_back(make_sample(schema, i, "s" + std::to_string(i), i % 7 == 0 ? 300'000 : 700));
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    write_shard(scratch / "s", header_for(container, schema), samples);
    check_all(*open_shard(shard_file(scratch / "s", container, schema)), samples);
  }
}

TEST_CASE("a value that comes in parts gives the bytes of one that comes whole") {
  const Schema schema{{{"image", DType::kUint8, {-1}, Encoding::kImage},
                       {"tokens", DType::kUint32, {-1}, Encoding::kArray},
                       {"label", DType::kInt64, {}, Encoding::kClass}}};
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < 12; ++i)
    samples.push_back(make_sample(schema, i, "s" + std::to_string(i), 400 << (i % 10)));
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    const ShardSummary whole = write_shard(scratch / "s", header_for(container, schema), samples);
    const auto writer = create_shard(scratch / "p", header_for(container, schema));
    std::vector<FieldValue> fields;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const Record record = record_of(samples[i], fields);
      for (const std::size_t field : {0, 1}) {  // cut into steps; every third sample comes whole
        Bytes& bytes = fields[field].bytes;
        for (const std::size_t step = 4096 * i + 4; i % 3 != 0 && bytes.size() > step;) {
          writer->append_part(field, bytes.first(step));
          bytes = bytes.subspan(step);
        }
        fields[field].shape = Shape{bytes.size() / dtype_size(schema.fields[field].dtype)};
      }
      writer->append(record);
    }
    CHECK(code_of([&] { writer->append_part(2, as_bytes("12345678")); }) == ErrorCode::kUsage);
    CHECK(code_of([&] { writer->append_part(1, as_bytes("123")); }) == ErrorCode::kUsage);
    CHECK(code_of([&] { writer->append_part(3, {}); }) == ErrorCode::kUsage);
    const auto pending = writer->finish();
    CHECK(pending->summary().digest == whole.digest);
    CHECK(pending->summary().files == whole.files);
    pending->publish();
    check_all(*open_shard(shard_file(scratch / "p", container, schema)), samples);
  }
}

TEST_CASE("a shard says in its own bytes what it is") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    write_shard(scratch / "s", header_for(container), wide_samples(2));
    const auto reader = open_shard(shard_file(scratch / "s", container));
    CHECK(reader->header().container == container);
    CHECK(reader->header().schema == wide_schema());
    CHECK(reader->header().split == "train");
    CHECK(reader->header().part == 3);
    CHECK(reader->header().plan == "plan-1");
    CHECK(reader->header().options == R"({"a":1})");
  }
}

TEST_CASE(
    "the same records twice give the same bytes, and the summary tells each file's size and hash") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    const std::vector<Sample> samples = wide_samples(50, 400);
    const ShardSummary first = write_shard(scratch / "a", header_for(container), samples);
    const ShardSummary second = write_shard(scratch / "b", header_for(container), samples);
    CHECK(first.files == second.files);
    const std::vector<std::string> suffixes = shard_suffixes(container, wide_schema());
    REQUIRE(first.files.size() == suffixes.size());
    for (std::size_t i = 0; i < suffixes.size(); ++i) {
      CAPTURE(suffixes[i]);
      const std::string bytes = slurp(scratch / ("a" + suffixes[i]));
      CHECK(first.files[i].suffix == suffixes[i]);
      CHECK(first.files[i].bytes == bytes.size());
      CHECK(first.files[i].hash == xxh3_128(as_bytes(bytes)));
      CHECK(slurp(scratch / ("b" + suffixes[i])) == bytes);
    }
  }
}

TEST_CASE("the digest is the same for each container, and joins from the halves") {
  const Scratch scratch;
  const std::vector<Sample> samples = wide_samples(40);
  const Digest expected =
      write_shard(scratch / "s", header_for(Container::kMemmap), samples).digest;
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    for (const std::size_t cut : {0, 1, 17, 40}) {
      const std::span<const Sample> all(samples);
      Digest digest = write_shard(scratch / "left", header_for(container), all.first(cut)).digest;
      digest.append(write_shard(scratch / "right", header_for(container), all.subspan(cut)).digest);
      CHECK(digest == expected);
    }
  }
}

TEST_CASE("a hash that the record brings changes nothing in the shard") {
  for (const Container container : kContainers) {
    const Scratch scratch;
    const Sample sample = make_sample(wide_schema(), 5, "x.jpg", 100'000 / 50);
    std::vector<FieldValue> fields;
    const ShardSummary plain = write_shard(scratch / "a", header_for(container), {&sample, 1});
    Record record = record_of(sample, fields);
    for (FieldValue& field : fields) field.hash = xxh3_128(field.bytes);
    record.fields = fields;
    const auto writer = create_shard(scratch / "b", header_for(container));
    writer->append(record);
    CHECK(writer->finish()->summary().files == plain.files);
  }
}

TEST_CASE("extents point at the canonical bytes of each value") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    const std::vector<Sample> samples = wide_samples(20, 50);
    write_shard(scratch / "s", header_for(container), samples);
    const auto reader = open_shard(shard_file(scratch / "s", container));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::vector<Extent> extents = reader->extents(i);
      REQUIRE(extents.size() == samples[i].values.size());
      for (std::size_t field = 0; field < extents.size(); ++field) {
        CAPTURE(extents[field].field);
        CHECK(extents[field].field == wide_schema().fields[field].name);
        CHECK(slurp(scratch / extents[field].file)
                  .substr(extents[field].offset, extents[field].length) ==
              samples[i].values[field]);
      }
    }
  }
}

TEST_CASE("four threads read one reader at random") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    const std::vector<Sample> samples = wide_samples(200, 300);
    write_shard(scratch / "s", header_for(container), samples);
    const auto reader = open_shard(shard_file(scratch / "s", container));
    std::atomic<int> wrong{0};
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        ReadBuffer buffer;
        for (std::size_t i = 0; i < 400; ++i) {
          const std::size_t position = (i * 37 + thread * 53) % samples.size();
          if (!difference(reader->read(position, buffer), samples[position]).empty()) ++wrong;
        }
      });
    }
    threads.clear();
    CHECK(wrong == 0);
  }
}

TEST_CASE("nothing is left of a shard that was not published") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    const std::vector<Sample> samples = wide_samples(5);
    std::vector<FieldValue> fields;
    {
      const auto writer = create_shard(scratch / "abandoned", header_for(container));
      writer->append(record_of(samples[0], fields));
    }
    CHECK(names_in(scratch.path()).empty());
    {
      const auto writer = create_shard(scratch / "unpublished", header_for(container));
      writer->append(record_of(samples[0], fields));
      const auto pending = writer->finish();
      CHECK(!fs::exists(shard_file(scratch / "unpublished", container)));
    }
    CHECK(names_in(scratch.path()).empty());
    write_shard(scratch / "s", header_for(container), samples);
    CHECK(names_in(scratch.path()).size() == shard_suffixes(container, wide_schema()).size());
  }
}

TEST_CASE("a record that does not fit the schema is refused, and the shard goes on without it") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    const std::vector<Sample> samples = wide_samples(2);
    const auto spoiled = [&](auto spoil) {
      Sample sample = samples[1];
      spoil(sample);
      return sample;
    };
    const std::vector<Sample> bad = {spoiled([](Sample& s) { s.values.pop_back(); }),
                                     spoiled([](Sample& s) { s.shapes[9] = Shape{4}; }),
                                     spoiled([](Sample& s) {
                                       s.shapes[9] = Shape{3, 1};
                                     }),
                                     spoiled([](Sample& s) { s.values[9] += "x"; }),
                                     spoiled([](Sample& s) {
                                       s.shapes[8] = Shape{1ULL << 63, 2, 2};
                                     }),
                                     spoiled([](Sample& s) { s.key = ""; }),
                                     spoiled([](Sample& s) { s.key = std::string("a\0b", 3); })};
    const auto writer = create_shard(scratch / "s", header_for(container));
    std::vector<FieldValue> fields;
    writer->append(record_of(samples[0], fields));
    for (const Sample& sample : bad)
      CHECK_THROWS_AS(writer->append(record_of(sample, fields)), Error);
    writer->append(record_of(samples[1], fields));
    writer->finish()->publish();
    check_all(*open_shard(shard_file(scratch / "s", container)), samples);
  }
}

TEST_CASE("a position behind the last sample is a usage error") {
  for (const Container container : kContainers) {
    const Scratch scratch;
    write_shard(scratch / "s", header_for(container), wide_samples(2));
    const auto reader = open_shard(shard_file(scratch / "s", container));
    ReadBuffer buffer;
    CHECK_THROWS_WITH_AS(reader->read(2, buffer), doctest::Contains("the shard has 2 samples"),
                         Error);
    CHECK_THROWS_AS(reader->read_field(0, 99, buffer), Error);
  }
}
