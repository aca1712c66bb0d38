// token_windows: the tokens of a split as one stream, cut into windows.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/source.h"
#include "lib/data/index_runs.h"
#include "lib/data/shard_handles.h"

namespace dsprep {
namespace {

class TokenReader;

class TokenSource final : public Source {
 public:
  TokenSource(Dataset data, const TokenWindowOptions& options)
      : data_(std::move(data)),
        options_(options),
        field_(data_.schema().index_of(options.field)),
        item_(dtype_size(data_.schema().fields[field_].dtype)) {
    if (options_.length == 0) throw Error(ErrorCode::kUsage, "token windows of 0 tokens");
    if (options_.stride == 0) options_.stride = options_.length;
    Field window = data_.schema().fields[field_];
    window.shape = {static_cast<std::int64_t>(options_.length + 1)};
    schema_.fields.push_back(std::move(window));
    count_elements();
    const std::uint64_t all = starts_.back();
    size_ = all < options_.length + 1 ? 0 : (all - options_.length - 1) / options_.stride + 1;
  }

  std::uint64_t size() const noexcept override { return size_; }
  const Schema& schema() const noexcept override { return schema_; }
  std::string id() const override {
    return to_hex(dataset_digest(data_.manifest())) + ":" + data_.split() + ":" + options_.field +
           ":" + std::to_string(options_.length) + ":" + std::to_string(options_.stride);
  }
  std::string key(std::uint64_t index) const override {
    return options_.field + "@" + std::to_string(index * options_.stride);
  }
  std::unique_ptr<SourceReader> reader() const override;

 private:
  friend class TokenReader;
  void count_elements() {
    starts_.push_back(0);
    for (std::uint64_t index = 0; index < data_.size();) {
      const Place place = data_.locate(index);
      const std::shared_ptr<const ShardReader> shard = data_.shard(place.shard);
      const auto elements = shard->stream_elements(field_);
      if (!elements || !data_.schema().fields[field_].ragged()) {
        throw Error(ErrorCode::kUsage,
                    "token windows need a ragged field of one dimension in a memmap dataset",
                    {.shard = data_.shard_name(index), .field = options_.field},
                    "dsprep convert DIR --format memmap --out DIR2");
      }
      rows_.push_back(place.shard);
      starts_.push_back(starts_.back() + *elements);
      index += shard->size();
    }
  }

  Dataset data_;
  TokenWindowOptions options_;
  std::size_t field_, item_;
  Schema schema_;
  std::vector<std::size_t> rows_;      // of the manifest: shards that have samples
  std::vector<std::uint64_t> starts_;  // elements before each of them, and all
  std::uint64_t size_ = 0;
};

class TokenReader final : public SourceReader {
 public:
  explicit TokenReader(const TokenSource& from) : from_(from), shards_(from.data_) {}

  Shape shape(std::uint64_t, std::size_t) override { return {from_.options_.length + 1}; }
  void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) override {
    const Bytes bytes = view(index, field).bytes;
    std::memcpy(out.data(), bytes.data(), bytes.size());
  }

  bool shapes(std::span<const std::uint64_t>, std::size_t, std::span<Shape> out) override {
    std::ranges::fill(out, Shape{from_.options_.length + 1});
    return true;
  }

  // Windows that go on in the next shard are left to view().
  void views(std::span<const std::uint64_t> indices, std::size_t, std::span<Bytes> out) override {
    std::ranges::fill(out, Bytes());
    const std::uint64_t count = from_.options_.length + 1, stride = from_.options_.stride;
    try {
      for (std::size_t i = 0; i < indices.size();) {
        std::array<std::uint64_t, kMostRun> begins;
        const std::size_t first = i, shard = shard_at(indices[i] * stride);
        const std::uint64_t start = from_.starts_[shard], size = elements(shard);
        for (; i < indices.size() && i - first < kMostRun; ++i) {
          const std::uint64_t begin = indices[i] * stride - start;
          if (begin >= size || count > size - begin) break;
          begins[i - first] = begin;
        }
        const std::size_t inside = i - first;
        if (inside == 0) ++i;
        const ShardReader& reader = shards_.get(from_.rows_[shard]);
        if (shards_.keeps_last())
          reader.streams(from_.field_, std::span(begins).first(inside), count,
                         out.subspan(first, inside));
      }
    } catch (const Error&) {
      std::ranges::fill(out, Bytes());
    }
  }

  FieldValue view(std::uint64_t index, std::size_t) override {
    const std::uint64_t count = from_.options_.length + 1;
    std::uint64_t begin = index * from_.options_.stride;
    std::size_t shard = shard_at(begin);
    begin -= from_.starts_[shard];
    if (count <= elements(shard) - begin)
      return {.bytes = piece(shard, begin, count), .shape = {count}};
    // The window goes on in the shards behind: only then is it copied.
    joined_.resize(count * from_.item_);
    for (std::uint64_t done = 0; done < count; ++shard, begin = 0) {
      const std::uint64_t now = std::min(count - done, elements(shard) - begin);
      if (now == 0) continue;
      const Bytes bytes = piece(shard, begin, now);
      std::memcpy(joined_.data() + done * from_.item_, bytes.data(), bytes.size());
      done += now;
    }
    return {.bytes = joined_, .shape = {count}};
  }

 private:
  std::size_t shard_at(std::uint64_t element) const {
    const auto behind = std::ranges::upper_bound(from_.starts_, element);
    return static_cast<std::size_t>(behind - from_.starts_.begin()) - 1;
  }
  std::uint64_t elements(std::size_t shard) const {
    return from_.starts_[shard + 1] - from_.starts_[shard];
  }
  Bytes piece(std::size_t shard, std::uint64_t begin, std::uint64_t count) {
    return shards_.get(from_.rows_[shard]).stream(from_.field_, begin, count, buffer_);
  }

  const TokenSource& from_;
  ShardHandles shards_;
  ReadBuffer buffer_;
  std::vector<std::byte> joined_;
};

std::unique_ptr<SourceReader> TokenSource::reader() const {
  return std::make_unique<TokenReader>(*this);
}

}  // namespace

SourcePtr token_windows(Dataset data, TokenWindowOptions options) {
  return std::make_shared<TokenSource>(std::move(data), options);
}

}  // namespace dsprep
