// lengths, labels: one pass over a split; the lengths are kept beside its index.
//
//   lengths.SPLIT.FIELD.npy: the .npy of N uint32, then 16 bytes: XXH3-128 of all before it and of
//   "DIGEST:SPLIT:FIELD"
#include "dsprep/columns.h"

#include <cstring>
#include <optional>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "formats/common/lengths_name.h"
#include "formats/common/npy.h"
#include "lib/data/shard_handles.h"

namespace dsprep {
namespace {

using Lengths = std::vector<std::uint32_t>;

std::vector<std::byte> header_of(std::uint64_t samples) {
  const std::uint64_t shape[] = {samples};
  return npy_header(npy_descr(dtype_descr(DType::kUint32)), shape);
}

Hash128 seal_of(Bytes file, const Dataset& data, std::string_view field) {
  Hasher128 hasher;
  hasher.update(file);
  const std::string bound =
      to_hex(dataset_digest(data.manifest())) + ":" + data.split() + ":" + std::string(field);
  hasher.update(as_bytes(bound));
  return hasher.value();
}

// Nothing where there is no file, or not this one.
std::optional<Lengths> load(const std::filesystem::path& path, const Dataset& data,
                            std::string_view field) {
  try {
    const InputFile file(path);
    const std::vector<std::byte> header = header_of(data.size());
    const std::uint64_t body = header.size() + data.size() * sizeof(std::uint32_t);
    if (file.size() != body + sizeof(Hash128)) return std::nullopt;
    std::vector<std::byte> bytes(file.size());
    file.read_at(0, bytes);
    const Hash128 seal = seal_of(Bytes(bytes).first(body), data, field);
    if (std::memcmp(bytes.data() + body, &seal, sizeof seal) != 0) return std::nullopt;
    Lengths lengths(data.size());
    if (!lengths.empty())
      std::memcpy(lengths.data(), bytes.data() + header.size(), lengths.size() * sizeof lengths[0]);
    return lengths;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void keep(const std::filesystem::path& path, const Dataset& data, std::string_view field,
          const Lengths& lengths) {
  std::vector<std::byte> bytes = header_of(data.size());
  const Bytes values = std::as_bytes(std::span(lengths));
  bytes.insert(bytes.end(), values.begin(), values.end());
  const Hash128 seal = seal_of(bytes, data, field);
  const Bytes last = std::as_bytes(std::span(&seal, 1));
  bytes.insert(bytes.end(), last.begin(), last.end());
  try {
    write_whole(path, bytes);
  } catch (const Error&) {
    // A folder that is not ours to write to: the next call makes the pass again.
  }
}

Lengths ask(const Dataset& data, std::size_t field) {
  Lengths lengths(data.size());
  ShardHandles shards(data);
  for (std::uint64_t index = 0; index < lengths.size(); ++index) {
    const ShardHandles::At at = shards.at(index);
    const std::uint64_t length = at.shard.shape(at.position, field)[0];
    if (length > 0xffffffff)
      throw Error(ErrorCode::kTooLarge, "a length of 2^32 or more",
                  {.shard = data.shard_name(index),
                   .sample = index,
                   .field = data.schema().fields[field].name});
    lengths[index] = static_cast<std::uint32_t>(length);
  }
  return lengths;
}

}  // namespace

std::vector<std::uint32_t> lengths(const Dataset& data, std::string_view field, LengthsFile file) {
  const std::size_t number = data.schema().index_of(field);
  const Field& info = data.schema().fields[number];
  if (!info.ragged())
    throw Error(ErrorCode::kUsage, "lengths: every sample has the same shape",
                {.field = info.name});
  const std::filesystem::path path = data.directory() / lengths_name(data.split(), field);
  if (file == LengthsFile::kUse)
    if (std::optional<Lengths> kept = load(path, data, field)) return std::move(*kept);
  Lengths made = ask(data, number);
  if (file == LengthsFile::kUse) keep(path, data, field, made);
  return made;
}

std::vector<std::int64_t> labels(const Dataset& data, std::string_view field) {
  const std::size_t number = data.schema().index_of(field);
  const Field& info = data.schema().fields[number];
  std::vector<std::int64_t> out(data.size());
  ShardHandles shards(data);
  ReadBuffer buffer;
  for (std::uint64_t index = 0; index < out.size(); ++index) {
    const ShardHandles::At at = shards.at(index);
    const FieldValue value = at.shard.view(at.position, number, buffer);
    out[index] = Tensor{info.name, info.dtype, value.shape, info.encoding, value.bytes}.label();
  }
  return out;
}

std::vector<std::uint64_t> shard_samples(const Dataset& data) {
  const Manifest& manifest = data.manifest();
  const std::size_t split = manifest.split_index(data.split());
  std::vector<std::uint64_t> out;
  for (const ShardRow& row : manifest.shards)
    if (row.split == split) out.push_back(row.samples());
  return out;
}

}  // namespace dsprep
