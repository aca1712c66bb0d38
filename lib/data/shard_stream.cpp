#include "dsprep/shard_stream.h"

#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "lib/data/spool.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPipe = "pipe:";
constexpr std::string_view kGzipped = "_gz";  // how ".gz" of a tar's names ends in a field's name
constexpr std::uint64_t kMostFieldBytes = std::uint64_t{4} << 30;

class ShardsSource final : public Source {
 public:
  ShardsSource(const std::vector<fs::path>& files, const DatasetOptions& options) : starts_{0} {
    if (files.empty()) throw Error(ErrorCode::kUsage, "no shards");
    std::string all;
    for (const fs::path& file : files) {
      readers_.push_back(open_shard(file, options.verify, options.io));
      const Schema& fields = readers_.back()->header().schema;
      if (!(fields == schema())) {
        throw Error(ErrorCode::kUsage,
                    "its fields are " + schema_to_json(fields) + ", those of the first shard " +
                        schema_to_json(schema()),
                    {.file = file.string()});
      }
      starts_.push_back(starts_.back() + readers_.back()->size());
      all += file.filename().string() + ":" + std::to_string(readers_.back()->size()) + "\n";
    }
    id_ = "shards:" + to_hex(xxh3_128(as_bytes(all)));
  }
  std::uint64_t size() const noexcept override { return starts_.back(); }
  const Schema& schema() const noexcept override { return readers_[0]->header().schema; }
  std::string id() const override { return id_; }
  std::string key(std::uint64_t index) const override {
    ReadBuffer buffer;
    const Place place = locate(index);
    return std::string(readers_[place.shard]->key(place.position, buffer));
  }
  std::unique_ptr<SourceReader> reader() const override;

  Place locate(std::uint64_t index) const {
    const auto behind = std::ranges::upper_bound(starts_, index);
    const auto shard = static_cast<std::size_t>(behind - starts_.begin()) - 1;
    return {shard, index - starts_[shard]};
  }
  const ShardReader& shard(std::size_t number) const { return *readers_[number]; }

 private:
  std::vector<std::unique_ptr<ShardReader>> readers_;
  std::vector<std::uint64_t> starts_;
  std::string id_;
};

class ShardsReader final : public SourceReader {
 public:
  explicit ShardsReader(const ShardsSource& from)
      : from_(from), buffers_(from.schema().fields.size()) {}
  Shape shape(std::uint64_t index, std::size_t field) override {
    const Place place = from_.locate(index);
    return from_.shard(place.shard).shape(place.position, field);
  }
  FieldValue view(std::uint64_t index, std::size_t field) override {
    const Place place = from_.locate(index);
    return from_.shard(place.shard).view(place.position, field, buffers_[field]);
  }
  void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) override {
    const Place place = from_.locate(index);
    from_.shard(place.shard).read_into(place.position, field, out);
  }

 private:
  const ShardsSource& from_;
  std::vector<ReadBuffer> buffers_;
};

std::unique_ptr<SourceReader> ShardsSource::reader() const {
  return std::make_unique<ShardsReader>(*this);
}

}  // namespace

SourcePtr shards(const std::vector<fs::path>& files, DatasetOptions options) {
  return std::make_shared<ShardsSource>(files, options);
}

struct ShardStream::State {
  std::vector<std::string> shards;
  std::size_t next_shard = 0;
  std::optional<SpoolFile> spool;
  std::unique_ptr<ShardReader> reader;
  std::uint64_t position = 0;
  ReadBuffer buffer;
  std::vector<std::vector<std::byte>> unpacked;  // of fields that were compressed
  std::vector<std::string> names;
  std::vector<Tensor> tensors;

  void open(const std::string& shard) {
    reader.reset();
    spool.reset();
    position = 0;
    const bool pipe = shard.starts_with(kPipe);
    if (pipe) {
      spool.emplace(spool_command(shard.substr(kPipe.size())));
    } else if (is_compressed(InputFile(shard))) {
      spool.emplace(spool_file(shard));
    }
    try {
      reader = open_shard(spool ? spool->path() : fs::path(shard));
    } catch (const Error& error) {
      throw named(error, shard);
    }
    const std::vector<Field>& fields = reader->header().schema.fields;
    unpacked.resize(fields.size());
    names.clear();
    for (const Field& field : fields) {
      const bool packed = field.name.ends_with(kGzipped);
      names.push_back(packed ? field.name.substr(0, field.name.size() - kGzipped.size())
                             : field.name);
    }
  }

  // The spooled file's name means nothing to anybody.
  Error named(const Error& error, const std::string& shard) const {
    Where where = error.where();
    where.file = shard;
    return Error(error.code(), error.message(), std::move(where), error.remedy());
  }

  Sample read() {
    const Record record = reader->read(position++, buffer);
    const std::vector<Field>& fields = reader->header().schema.fields;
    tensors.clear();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      Tensor tensor{names[i], fields[i].dtype, record.fields[i].shape, fields[i].encoding,
                    record.fields[i].bytes};
      if (fields[i].name.ends_with(kGzipped) && !tensor.bytes.empty()) {
        gunzip(tensor.bytes, kMostFieldBytes, unpacked[i]);
        tensor.bytes = unpacked[i];
        tensor.shape = {unpacked[i].size()};
      }
      tensors.push_back(tensor);
    }
    return Sample(record.key, tensors);
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
  while (!state_->reader || state_->position == state_->reader->size()) {
    if (state_->next_shard == state_->shards.size()) return std::nullopt;
    state_->open(state_->shards[state_->next_shard++]);
  }
  try {
    return state_->read();
  } catch (const Error& error) {
    throw state_->named(error, state_->shards[state_->next_shard - 1]);
  }
}

}  // namespace dsprep
