// source: a dataset's split as a source of samples.
#include <utility>

#include "dsprep/source.h"
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
  void will_ask_shape(std::uint64_t index, std::size_t field) override {
    const ShardHandles::At at = shards_.at(index);
    at.shard.will_ask_shape(at.position, field);
  }
  void will_read(std::uint64_t index, std::size_t field) override {
    const ShardHandles::At at = shards_.at(index);
    at.shard.will_read(at.position, field);
  }

 private:
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
