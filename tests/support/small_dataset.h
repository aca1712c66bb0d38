// A small dataset, the same every time: pictures (PNG, 2 to 5 pixels wide), class labels and ragged
// tokens, in several shards of two splits. For tests of what reads datasets; written through the
// public writers alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "dsprep/image.h"
#include "dsprep/manifest.h"
#include "dsprep/shard.h"

namespace dsprep::test {

struct SmallSample {
  std::string key;
  std::vector<std::byte> image;
  std::int64_t label = 0;
  std::vector<std::uint16_t> tokens;
};

inline Image small_image(std::uint64_t number) {
  Image image;
  image.reshape(2 + static_cast<std::uint32_t>(number % 4), 2, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>(number * 37 + i * i * 11);
  }
  return image;
}

/// Sample `number` of a split; train and val have different ones.
inline SmallSample small_sample(const std::string& split, std::uint64_t number) {
  SmallSample sample;
  sample.key = (number % 2 == 0 ? "cat/" : "dog/") + split + std::to_string(number) + ".png";
  const std::uint64_t seed = number + (split == "train" ? 0 : 100);
  encode_png(small_image(seed), sample.image);
  sample.label = static_cast<std::int64_t>(number % 2);
  for (std::uint64_t i = 0; i < number % 5; ++i)
    sample.tokens.push_back(static_cast<std::uint16_t>(seed * 10 + i));
  return sample;
}

inline Schema small_schema() {
  return {{{"image", DType::kUint8, {-1}, Encoding::kImage},
           {"label", DType::kInt64, {}, Encoding::kClass},
           {"tokens", DType::kUint16, {-1}, Encoding::kArray}}};
}

inline void append(ShardWriter& writer, const SmallSample& sample) {
  const FieldValue fields[] = {
      {.bytes = sample.image, .shape = {sample.image.size()}},
      {.bytes = std::as_bytes(std::span(&sample.label, 1)), .shape = {}},
      {.bytes = std::as_bytes(std::span(sample.tokens)), .shape = {sample.tokens.size()}}};
  writer.append({.key = sample.key, .fields = fields, .source = xxh3_128(sample.image)});
}

/// Splits and the samples of each of their shards.
using SmallPlan = std::vector<std::pair<std::string, std::vector<std::uint64_t>>>;
inline SmallPlan small_plan() { return {{"train", {4, 0, 5, 1}}, {"val", {3}}}; }

inline Manifest make_small_dataset(const std::filesystem::path& directory, Container container,
                                   const SmallPlan& plan = small_plan(),
                                   const std::string& id = "0123456789abcdef") {
  std::filesystem::create_directories(directory);
  Manifest manifest;
  manifest.kind = "image";
  manifest.container = container;
  manifest.schema = small_schema();
  manifest.classes = {"cat", "dog"};
  manifest.plan = id;
  manifest.provenance = R"({"dsprep":"0.1.0","options":{"split":"auto"}})";
  for (std::uint32_t split = 0; split < plan.size(); ++split) {
    const auto& [name, shards] = plan[split];
    std::uint64_t number = 0;
    for (std::uint32_t part = 0; part < shards.size(); ++part) {
      ShardRow row{
          .split = split, .number = part, .part = part, .first = number, .digest = {}, .files = {}};
      manifest.splits.resize(split + 1);
      manifest.splits[split] = {name, number + shards[part], part + 1};
      const auto writer =
          create_shard(directory / manifest.shard_stem(row),
                       {container, manifest.schema, name, part, id, manifest.provenance});
      for (std::uint64_t i = 0; i < shards[part]; ++i)
        append(*writer, small_sample(name, number++));
      const auto pending = writer->finish();
      pending->publish();
      row.digest = pending->summary().digest;
      row.files = pending->summary().files;
      manifest.shards.push_back(std::move(row));
    }
  }
  write_manifest(directory, manifest);
  return manifest;
}

}  // namespace dsprep::test
