#include "dsprep/shard_stream.h"

#include <utility>

#include "lib/data/any_shard.h"

namespace dsprep {

struct ShardStream::State {
  std::vector<std::string> shards;
  std::size_t next_shard = 0;
  std::optional<AnyShard> shard;
  std::uint64_t position = 0;
  ReadBuffer key_buffer;
  std::string key;
  std::vector<AnyShard::Buffer> buffers;  // by field
  std::vector<Tensor> tensors;

  void open(const std::string& name) {
    shard.reset();  // its temporary file goes before the next one comes
    position = 0;
    shard.emplace(name);
    buffers.clear();
    buffers.resize(shard->schema().fields.size());
  }

  Sample read() {
    const std::uint64_t at = position++;
    const std::vector<Field>& fields = shard->schema().fields;
    key = shard->key(at, key_buffer);
    tensors.clear();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const FieldValue value = shard->view(at, i, buffers[i]);
      tensors.push_back(
          {fields[i].name, fields[i].dtype, value.shape, fields[i].encoding, value.bytes});
    }
    return Sample(key, tensors);
  }
};

ShardStream::ShardStream(const std::vector<std::string>& shards)
    : state_(std::make_unique<State>()) {
  for (const std::string& shard : shards)
    for (std::string& name : expand_braces(shard)) state_->shards.push_back(std::move(name));
}
ShardStream::ShardStream(ShardStream&&) noexcept = default;
ShardStream::~ShardStream() = default;

std::optional<Sample> ShardStream::next() {
  while (!state_->shard || state_->position == state_->shard->size()) {
    if (state_->next_shard == state_->shards.size()) return std::nullopt;
    state_->open(state_->shards[state_->next_shard++]);
  }
  return state_->read();
}

}  // namespace dsprep
