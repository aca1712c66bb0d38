// source: a dataset's split as a source of samples.
#include <utility>

#include "dsprep/error.h"
#include "dsprep/source.h"
#include "lib/data/index_runs.h"
#include "lib/data/shard_handles.h"

namespace dsprep {
namespace {

class DatasetReader final : public SourceReader {
 public:
  explicit DatasetReader(const Dataset& data)
      : shards_(data), buffers_(data.schema().fields.size()) {}

  Shape shape(std::uint64_t index, std::size_t field) override {
    const ShardHandles::At at = shards_.at(index);
    return at.shard.shape(at.position, field);
  }
  FieldValue view(std::uint64_t index, std::size_t field) override {
    const ShardHandles::At at = shards_.at(index);
    return at.shard.view(at.position, field, buffers_[field]);
  }
  void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) override {
    const ShardHandles::At at = shards_.at(index);
    at.shard.read_into(at.position, field, out);
  }
  void will_read(std::uint64_t index, std::size_t field) override {
    const ShardHandles::At at = shards_.at(index);
    at.shard.will_read(at.position, field);
  }
  bool shapes(std::span<const std::uint64_t> indices, std::size_t field,
              std::span<Shape> out) override {
    return for_each_shard(indices, [&](const ShardReader& shard, std::size_t first, auto inside) {
      return shard.shapes(inside, field, out.subspan(first, inside.size()));
    });
  }
  void views(std::span<const std::uint64_t> indices, std::size_t field,
             std::span<Bytes> out) override {
    std::ranges::fill(out, Bytes());
    for_each_shard(indices, [&](const ShardReader& shard, std::size_t first, auto inside) {
      if (shards_.keeps_last()) shard.views(inside, field, out.subspan(first, inside.size()));
      return true;
    });
  }

 private:
  struct Part {
    const ShardReader& shard;
    std::uint64_t start, size;
  };
  // False, too, where a shard cannot be opened.
  template <class Action>
  bool for_each_shard(std::span<const std::uint64_t> indices, Action action) {
    const auto part_of = [this](std::uint64_t index) {
      const ShardHandles::At at = shards_.at(index);
      return Part{at.shard, index - at.position, at.shard.size()};
    };
    try {
      return for_each_run(indices, part_of, [&](const Part& part, std::size_t first, auto inside) {
        return action(part.shard, first, inside);
      });
    } catch (const Error&) {
      return false;
    }
  }

  ShardHandles shards_;
  std::vector<ReadBuffer> buffers_;
};

class DatasetSource final : public Source {
 public:
  explicit DatasetSource(Dataset data) : data_(std::move(data)) {}
  std::uint64_t size() const noexcept override { return data_.size(); }
  const Schema& schema() const noexcept override { return data_.schema(); }
  std::string id() const override {
    return to_hex(dataset_digest(data_.manifest())) + ":" + data_.split();
  }
  std::string key(std::uint64_t index) const override { return data_.key(index); }
  std::unique_ptr<SourceReader> reader() const override {
    return std::make_unique<DatasetReader>(data_);
  }

 private:
  Dataset data_;
};

}  // namespace

SourcePtr source(Dataset data) { return std::make_shared<DatasetSource>(std::move(data)); }

}  // namespace dsprep
