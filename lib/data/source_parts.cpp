// concatenate: the samples of several sources, one behind the other.
#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/source.h"

namespace dsprep {
namespace {

struct At {
  std::size_t part;
  std::uint64_t index;
};

class PartsSource final : public Source {
 public:
  explicit PartsSource(std::vector<SourcePtr> parts) : parts_(std::move(parts)), starts_{0} {
    if (parts_.empty()) throw Error(ErrorCode::kUsage, "no parts to concatenate");
    for (const SourcePtr& part : parts_) {
      if (!(part->schema() == parts_[0]->schema())) {
        throw Error(ErrorCode::kUsage,
                    "the parts have different fields: " + schema_to_json(parts_[0]->schema()) +
                        " and " + schema_to_json(part->schema()));
      }
      starts_.push_back(starts_.back() + part->size());
    }
  }
  std::uint64_t size() const noexcept override { return starts_.back(); }
  const Schema& schema() const noexcept override { return parts_[0]->schema(); }
  std::string id() const override {
    std::string all;
    for (const SourcePtr& part : parts_) all += part->id() + "\n";
    return "parts:" + to_hex(xxh3_128(as_bytes(all)));
  }
  std::string key(std::uint64_t index) const override {
    const At at = locate(index);
    return parts_[at.part]->key(at.index);
  }
  std::unique_ptr<SourceReader> reader() const override;

  At locate(std::uint64_t index) const {
    const auto behind = std::ranges::upper_bound(starts_, index);
    const auto part = static_cast<std::size_t>(behind - starts_.begin()) - 1;
    return {part, index - starts_[part]};
  }
  const std::vector<SourcePtr>& parts() const noexcept { return parts_; }

 private:
  std::vector<SourcePtr> parts_;
  std::vector<std::uint64_t> starts_;
};

class PartsReader final : public SourceReader {
 public:
  explicit PartsReader(const PartsSource& from) : from_(from) {
    for (const SourcePtr& part : from.parts()) readers_.push_back(part->reader());
  }
  Shape shape(std::uint64_t index, std::size_t field) override {
    const At at = from_.locate(index);
    return readers_[at.part]->shape(at.index, field);
  }
  FieldValue view(std::uint64_t index, std::size_t field) override {
    const At at = from_.locate(index);
    return readers_[at.part]->view(at.index, field);
  }
  void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) override {
    const At at = from_.locate(index);
    readers_[at.part]->read(at.index, field, out);
  }
  void will_ask_shape(std::uint64_t index, std::size_t field) override {
    const At at = from_.locate(index);
    readers_[at.part]->will_ask_shape(at.index, field);
  }
  void will_read(std::uint64_t index, std::size_t field) override {
    const At at = from_.locate(index);
    readers_[at.part]->will_read(at.index, field);
  }

 private:
  const PartsSource& from_;
  std::vector<std::unique_ptr<SourceReader>> readers_;
};

std::unique_ptr<SourceReader> PartsSource::reader() const {
  return std::make_unique<PartsReader>(*this);
}

}  // namespace

SourcePtr concatenate(std::vector<SourcePtr> parts) {
  return std::make_shared<PartsSource>(std::move(parts));
}

}  // namespace dsprep
