// Samples for the contract tests: records that own their bytes, in schemas that have every kind of
// field.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "dsprep/shard.h"

namespace dsprep::test {

/// The containers that every test of the contract runs over.
inline constexpr Container kContainers[] = {Container::kMemmap, Container::kLmdb, Container::kWds};

/// A record with its bytes.
struct Sample {
  std::string key;
  std::vector<std::string> values;
  std::vector<Shape> shapes;
  Hash128 source;
  bool ambiguous_stem = false;
};

/// Every encoding; scalars, fixed and ragged arrays of rank 1 to 3.
inline Schema wide_schema() {
  return {{{"image", DType::kUint8, {-1}, Encoding::kImage},
           {"label", DType::kInt64, {}, Encoding::kClass},
           {"kind", DType::kUint8, {}, Encoding::kClass},
           {"text", DType::kUint8, {-1}, Encoding::kText},
           {"json", DType::kUint8, {-1}, Encoding::kJson},
           {"blob", DType::kUint8, {-1}, Encoding::kBytes},
           {"tokens", DType::kUint16, {-1}, Encoding::kArray},
           {"boxes", DType::kFloat32, {-1, 4}, Encoding::kArray},
           {"volume", DType::kInt32, {-1, 2, -1}, Encoding::kArray},
           {"mean", DType::kFloat64, {3}, Encoding::kArray},
           {"scale", DType::kFloat32, {}, Encoding::kArray},
           {"nothing", DType::kUint8, {0}, Encoding::kArray}}};
}

/// The same number sequence everywhere: XXH3 of a counter.
inline std::string noise(std::uint64_t seed, std::size_t bytes) {
  std::string out;
  for (std::uint64_t i = 0; out.size() < bytes; ++i) {
    const std::uint64_t word = xxh3_64(std::as_bytes(std::span(&i, 1)), seed);
    out.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  out.resize(bytes);
  return out;
}

/// A value for each field of `schema`; ragged extents are 0 to `most` - 1, below 30 where the rank
/// is above 1.
inline Sample make_sample(const Schema& schema, std::uint64_t number, std::string key,
                          std::uint64_t most = 9) {
  Sample sample{.key = std::move(key), .values = {}, .shapes = {}, .source = {number, ~number}};
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    std::vector<std::uint64_t> extents;
    const std::uint64_t limit = field.shape.size() > 1 ? std::min<std::uint64_t>(most, 30) : most;
    for (const std::int64_t extent : field.shape) {
      const std::uint64_t ragged =
          xxh3_64(as_bytes(sample.key), number * 31 + i + extents.size()) % limit;
      extents.push_back(extent < 0 ? ragged : static_cast<std::uint64_t>(extent));
    }
    sample.shapes.emplace_back(extents);
    sample.values.push_back(
        noise(number * 100 + i, sample.shapes.back().elements() * dtype_size(field.dtype)));
    if (field.encoding == Encoding::kText) std::ranges::fill(sample.values.back(), 'a');
  }
  return sample;
}

/// Keys that are hard on tar readers, on file systems or on fixed-width text.
inline std::vector<std::string> odd_keys() {
  return {"a/b.jpg",
          "plain",
          "with space.png",
          "quo'te\"s.jpg",
          "d\xC3\xA4mon/\xE6\x97\xA5\xE6\x9C\xAC.jpg",
          "latin\xE9.jpg",
          "many.dots.in.name.jpg",
          "file.txt:12",
          "path@3,4",
          "100%",
          "%2E",
          "__meta__/x.jpg",
          "__x__",
          "__x__.jpg",
          "./relative.jpg",
          "../up.jpg",
          "/absolute.jpg",
          "a//b.jpg",
          "trailing/",
          ".hidden",
          "d/.hidden",
          "tab\tnewline\n.jpg",
          std::string(90, 'n') + ".jpg",
          std::string(300, 'l') + "/" + std::string(200, 'm') + ".jpg",
          std::string(120, '\xFF')};
}

inline std::vector<Sample> wide_samples(std::size_t count, std::uint64_t most = 9) {
  std::vector<Sample> samples;
  const std::vector<std::string> odd = odd_keys();
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back(make_sample(
        wide_schema(), i, i < odd.size() ? odd[i] : "folder/" + std::to_string(i) + ".jpg", most));
  }
  // "__x__" and "__x__.jpg": a tar has to keep the extension to tell them apart.
  for (Sample& sample : samples) sample.ambiguous_stem = sample.key.starts_with("__x__");
  return samples;
}

inline ShardHeader header_for(Container container, Schema schema = wide_schema()) {
  return {.container = container,
          .schema = std::move(schema),
          .split = "train",
          .part = 3,
          .plan = "plan-1",
          .options = R"({"a":1})"};
}

/// A view of the sample; `fields` keeps the values.
inline Record record_of(const Sample& sample, std::vector<FieldValue>& fields) {
  fields.clear();
  for (std::size_t i = 0; i < sample.values.size(); ++i) {
    fields.push_back({.bytes = as_bytes(sample.values[i]), .shape = sample.shapes[i]});
  }
  return {.key = sample.key,
          .fields = fields,
          .source = sample.source,
          .ambiguous_stem = sample.ambiguous_stem};
}

inline ShardSummary write_shard(const std::filesystem::path& stem, ShardHeader header,
                                std::span<const Sample> samples) {
  const std::unique_ptr<ShardWriter> writer = create_shard(stem, std::move(header));
  std::vector<FieldValue> fields;
  for (const Sample& sample : samples) writer->append(record_of(sample, fields));
  const std::unique_ptr<PendingShard> pending = writer->finish();
  pending->publish();
  return pending->summary();
}

/// The file to open: the one with the footer.
inline std::filesystem::path shard_file(const std::filesystem::path& stem, Container container,
                                        const Schema& schema = wide_schema()) {
  return stem.string() + shard_suffixes(container, schema).back();
}

/// Empty where the record is the sample, else what differs.
inline std::string difference(const Record& record, const Sample& sample) {
  if (record.key != sample.key) return "key";
  if (record.source != sample.source) return "source";
  if (record.fields.size() != sample.values.size()) return "number of fields";
  for (std::size_t i = 0; i < sample.values.size(); ++i) {
    const Bytes expected = as_bytes(sample.values[i]);
    if (!(record.fields[i].shape == sample.shapes[i])) return "shape of field " + std::to_string(i);
    if (!std::ranges::equal(record.fields[i].bytes, expected))
      return "bytes of field " + std::to_string(i);
  }
  return {};
}

}  // namespace dsprep::test
