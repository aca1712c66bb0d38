// shards: files without a dataset around them as a source of samples.
#include <algorithm>
#include <deque>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/shard_stream.h"
#include "lib/data/any_shard.h"

namespace dsprep {
namespace {

class ShardsSource final : public Source {
 public:
  ShardsSource(const std::vector<std::string>& patterns, const DatasetOptions& options)
      : starts_{0} {
    std::string all;
    for (const std::string& pattern : patterns) {
      for (std::string& name : expand_braces(pattern)) {
        const AnyShard& shard = shards_.emplace_back(std::move(name), options.verify, options.io);
        if (!(shard.schema() == schema())) {
          throw Error(ErrorCode::kUsage,
                      "its fields are " + schema_to_json(shard.schema()) +
                          ", those of the first shard " + schema_to_json(schema()),
                      {.file = shard.name()});
        }
        starts_.push_back(starts_.back() + shard.size());
        const std::size_t folders =
            shard.name().starts_with("pipe:") ? 0 : shard.name().rfind('/') + 1;
        all += shard.name().substr(folders) + ":" + std::to_string(shard.size()) + "\n";
      }
    }
    if (shards_.empty()) throw Error(ErrorCode::kUsage, "no shards");
    id_ = "shards:" + to_hex(xxh3_128(as_bytes(all)));
  }
  std::uint64_t size() const noexcept override { return starts_.back(); }
  const Schema& schema() const noexcept override { return shards_.front().schema(); }
  std::string id() const override { return id_; }
  std::string key(std::uint64_t index) const override {
    ReadBuffer buffer;
    const Place place = locate(index);
    return shards_[place.shard].key(place.position, buffer);
  }
  std::unique_ptr<SourceReader> reader() const override;

  Place locate(std::uint64_t index) const {
    const auto behind = std::ranges::upper_bound(starts_, index);
    const auto shard = static_cast<std::size_t>(behind - starts_.begin()) - 1;
    return {shard, index - starts_[shard]};
  }
  const AnyShard& shard(std::size_t number) const { return shards_[number]; }

 private:
  std::deque<AnyShard> shards_;
  std::vector<std::uint64_t> starts_;
  std::string id_;
};

class ShardsReader final : public SourceReader {
 public:
  explicit ShardsReader(const ShardsSource& from)
      : from_(from), buffers_(from.schema().fields.size()) {}
  Shape shape(std::uint64_t index, std::size_t field) override {
    const Place place = from_.locate(index);
    return from_.shard(place.shard).shape(place.position, field, buffer(place, field));
  }
  FieldValue view(std::uint64_t index, std::size_t field) override {
    const Place place = from_.locate(index);
    return from_.shard(place.shard).view(place.position, field, buffer(place, field));
  }
  void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) override {
    const Place place = from_.locate(index);
    from_.shard(place.shard).read_into(place.position, field, out, buffer(place, field));
  }
  void will_read(std::uint64_t index, std::size_t field) override {
    const Place place = from_.locate(index);
    from_.shard(place.shard).will_read(place.position, field);
  }

 private:
  struct Kept {
    std::size_t shard = 0;
    AnyShard::Buffer buffer;
  };
  // What is kept unpacked is of one shard.
  AnyShard::Buffer& buffer(const Place& place, std::size_t field) {
    Kept& kept = buffers_[field];
    if (kept.shard != place.shard) kept.buffer.position.reset();
    kept.shard = place.shard;
    return kept.buffer;
  }

  const ShardsSource& from_;
  std::vector<Kept> buffers_;
};

std::unique_ptr<SourceReader> ShardsSource::reader() const {
  return std::make_unique<ShardsReader>(*this);
}

}  // namespace

SourcePtr shards(const std::vector<std::string>& patterns, DatasetOptions options) {
  return std::make_shared<ShardsSource>(patterns, options);
}

}  // namespace dsprep
