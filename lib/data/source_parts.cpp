// concatenate: the samples of several sources, one behind the other.
#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/source.h"
#include "lib/data/index_runs.h"

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
  void will_read(std::uint64_t index, std::size_t field) override {
    const At at = from_.locate(index);
    readers_[at.part]->will_read(at.index, field);
  }
  bool shapes(std::span<const std::uint64_t> indices, std::size_t field,
              std::span<Shape> out) override {
    return for_each_part(indices, [&](SourceReader& part, std::size_t first, auto inside) {
      return part.shapes(inside, field, out.subspan(first, inside.size()));
    });
  }
  void views(std::span<const std::uint64_t> indices, std::size_t field,
             std::span<Bytes> out) override {
    for_each_part(indices, [&](SourceReader& part, std::size_t first, auto inside) {
      part.views(inside, field, out.subspan(first, inside.size()));
      return true;
    });
  }

 private:
  struct Part {
    SourceReader& reader;
    std::uint64_t start, size;
  };
  template <class Action>
  bool for_each_part(std::span<const std::uint64_t> indices, Action action) {
    const auto part_of = [this](std::uint64_t index) {
      const At at = from_.locate(index);
      return Part{*readers_[at.part], index - at.index, from_.parts()[at.part]->size()};
    };
    return for_each_run(indices, part_of, [&](const Part& part, std::size_t first, auto inside) {
      return action(part.reader, first, inside);
    });
  }

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
