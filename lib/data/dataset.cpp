#include "dsprep/dataset.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "lib/data/open_checked.h"
#include "lib/data/shard_cache.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

// A broken promise of the reader below would otherwise become a read outside of a vector.
void check_fields(const Schema& schema, const Record& record) {
  if (record.fields.size() != schema.fields.size()) {
    throw Error(ErrorCode::kInternal,
                "the shard's reader gave another number of fields than the schema has");
  }
}

bool is_aligned(const Field& field, Bytes bytes) {
  if (field.encoding != Encoding::kArray && dtype_size(field.dtype) == 1) return true;
  return reinterpret_cast<std::uintptr_t>(bytes.data()) % AlignedBytes::kAlignment == 0;
}

Tensor make_tensor(const Field& field, const FieldValue& value) {
  return {field.name, field.dtype, value.shape, field.encoding, value.bytes};
}

// Copies to 64-byte borders what the reader has put elsewhere.
void align(const Schema& schema, SampleBuffer& buffer) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Bytes bytes = buffer.tensors[i].bytes;
    if (!is_aligned(schema.fields[i], bytes))
      total += round_up(bytes.size(), AlignedBytes::kAlignment);
  }
  if (total == 0) return;
  std::byte* out = buffer.aligned.reserve(total);
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    Bytes& bytes = buffer.tensors[i].bytes;
    if (is_aligned(schema.fields[i], bytes)) continue;
    std::ranges::copy(bytes, out);
    bytes = {out, bytes.size()};
    out += round_up(bytes.size(), AlignedBytes::kAlignment);
  }
}

// The error with the shard's name and the sample's index in the split, which the shard itself does
// not know.
[[noreturn]] void rethrow(const Error& error, const std::string& shard, const Place& place,
                          std::uint64_t index, const std::string& split) {
  Where where = error.where();
  where.shard = shard;
  if (!where.sample) where.sample = place.position;
  throw Error(error.code(),
              error.message() + " (sample " + std::to_string(index) + " of " + split + ")",
              std::move(where), error.remedy());
}

}  // namespace

struct Dataset::State {
  State(fs::path folder, std::string_view split_name, DatasetOptions options)
      : opened_with(options),
        directory(std::move(folder)),
        manifest(read_manifest(directory)),
        split(manifest.split_index(split_name)),
        first_row(lower_row(split)),
        last_row(lower_row(split + 1)),
        size(manifest.splits[split].samples),
        shards(last_row - first_row, options.max_open_shards, [this, options](std::size_t slot) {
          return open_checked(directory, manifest, manifest.shards[first_row + slot],
                              options.verify, options.io);
        }) {}

  std::size_t lower_row(std::size_t wanted) const {
    const auto found = std::ranges::lower_bound(manifest.shards, wanted, {}, &ShardRow::split);
    return static_cast<std::size_t>(found - manifest.shards.begin());
  }

  DatasetOptions opened_with;
  fs::path directory;
  Manifest manifest;
  std::size_t split;
  std::size_t first_row, last_row;  // of manifest.shards
  std::uint64_t size;
  ShardCache shards;
};

Dataset::Dataset(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Dataset Dataset::open(const fs::path& directory, std::string_view split, DatasetOptions options) {
  if (options.max_open_shards == 0)
    throw Error(ErrorCode::kUsage, "max_open_shards must be 1 at least");
  return Dataset(std::make_shared<const State>(directory, split, options));
}

std::uint64_t Dataset::size() const noexcept { return state_->size; }
const Schema& Dataset::schema() const noexcept { return state_->manifest.schema; }
const Manifest& Dataset::manifest() const noexcept { return state_->manifest; }
const std::vector<std::string>& Dataset::classes() const noexcept {
  return state_->manifest.classes;
}
const std::string& Dataset::split() const noexcept {
  return state_->manifest.splits[state_->split].name;
}
const fs::path& Dataset::directory() const noexcept { return state_->directory; }
const DatasetOptions& Dataset::options() const noexcept { return state_->opened_with; }

Place Dataset::locate(std::uint64_t index) const {
  if (index >= size()) {
    throw Error(ErrorCode::kUsage, "there is no sample " + std::to_string(index) + ": split " +
                                       split() + " has " + std::to_string(size()));
  }
  const auto begin =
      state_->manifest.shards.begin() + static_cast<std::ptrdiff_t>(state_->first_row);
  const auto end = state_->manifest.shards.begin() + static_cast<std::ptrdiff_t>(state_->last_row);
  const auto behind = std::ranges::upper_bound(begin, end, index, {}, &ShardRow::first);
  const auto row = behind - 1;
  return {static_cast<std::size_t>(row - state_->manifest.shards.begin()), index - row->first};
}

std::shared_ptr<const ShardReader> Dataset::shard(std::size_t row) const {
  if (row < state_->first_row || row >= state_->last_row) {
    throw Error(ErrorCode::kUsage,
                "shard row " + std::to_string(row) + " is not of split " + split());
  }
  return state_->shards.get(row - state_->first_row);
}

template <class Read>
auto Dataset::at_place(std::uint64_t index, Read read) const {
  const Place place = locate(index);
  try {
    return read(*shard(place.shard), place.position);
  } catch (const Error& error) {
    rethrow(error, state_->manifest.shard_stem(state_->manifest.shards[place.shard]), place, index,
            split());
  }
}

std::string Dataset::key(std::uint64_t index) const {
  ReadBuffer buffer;
  return at_place(index, [&](const ShardReader& reader, std::uint64_t position) {
    return std::string(reader.key(position, buffer));
  });
}

Sample Dataset::read(std::uint64_t index, SampleBuffer& buffer) const {
  return at_place(index, [&](const ShardReader& reader, std::uint64_t position) {
    const Record record = reader.read(position, buffer.record);
    check_fields(schema(), record);
    buffer.tensors.resize(record.fields.size());
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      buffer.tensors[i] = make_tensor(schema().fields[i], record.fields[i]);
    }
    align(schema(), buffer);
    return Sample(record.key, buffer.tensors);
  });
}

Tensor Dataset::field(std::uint64_t index, std::string_view name, SampleBuffer& buffer) const {
  return field(index, schema().index_of(name), buffer);
}

Tensor Dataset::field(std::uint64_t index, std::size_t field, SampleBuffer& buffer) const {
  return at_place(index, [&](const ShardReader& reader, std::uint64_t position) {
    const Field& info = schema().fields.at(field);
    Tensor tensor = make_tensor(info, reader.read_field(position, field, buffer.record));
    if (!is_aligned(info, tensor.bytes)) {
      std::byte* out = buffer.aligned.reserve(tensor.bytes.size());
      std::ranges::copy(tensor.bytes, out);
      tensor.bytes = {out, tensor.bytes.size()};
    }
    return tensor;
  });
}

Sample Dataset::at(std::uint64_t index) const {
  struct Owner {
    std::shared_ptr<const State> state;  // the tensors' names live in its manifest
    SampleBuffer buffer;
  };
  const auto owner = std::make_shared<Owner>(Owner{state_, {}});
  const Sample view = read(index, owner->buffer);
  return Sample(view.key(), view.tensors(), owner);
}

std::optional<std::uint64_t> Dataset::find(std::string_view key) const {
  ReadBuffer buffer;
  for (std::size_t row = state_->first_row; row < state_->last_row; ++row) {
    const ShardRow& info = state_->manifest.shards[row];
    if (info.samples() == 0) continue;
    const std::uint64_t last = info.first + info.samples();
    for (std::uint64_t index = info.first; index < last; ++index) {
      const bool same = at_place(index, [&](const ShardReader& reader, std::uint64_t position) {
        return reader.key(position, buffer) == key;
      });
      if (same) return index;
    }
  }
  return std::nullopt;
}

std::string Dataset::shard_name(std::uint64_t index) const {
  return state_->manifest.shard_stem(state_->manifest.shards[locate(index).shard]);
}

std::vector<Extent> Dataset::extents(std::uint64_t index) const {
  return at_place(index, [](const ShardReader& reader, std::uint64_t position) {
    return reader.extents(position);
  });
}

}  // namespace dsprep
