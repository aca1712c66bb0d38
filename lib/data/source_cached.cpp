// cached: values kept in memory, shared by all threads.
#include <atomic>
#include <cstring>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/source.h"

namespace dsprep {
namespace {

/// A value and its shape in one allocation; never changed once it is seen.
struct Kept {
  Shape shape;
  std::uint64_t bytes = 0;
  std::byte* data() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
};

class CachedSource final : public Source {
 public:
  CachedSource(SourcePtr from, std::uint64_t bytes)
      : from_(std::move(from)),
        fields_(from_->schema().fields.size()),
        limit_(bytes),
        kept_(from_->size() * fields_) {}
  ~CachedSource() override {
    for (std::atomic<Kept*>& kept : kept_) ::operator delete(kept.load());
  }
  CachedSource(const CachedSource&) = delete;
  CachedSource& operator=(const CachedSource&) = delete;

  std::uint64_t size() const noexcept override { return from_->size(); }
  const Schema& schema() const noexcept override { return from_->schema(); }
  std::string id() const override { return from_->id(); }
  std::string key(std::uint64_t index) const override { return from_->key(index); }
  std::unique_ptr<SourceReader> reader() const override;

  const Source& from() const noexcept { return *from_; }
  Kept* find(std::uint64_t index, std::size_t field) const noexcept {
    return kept_[index * fields_ + field].load(std::memory_order_acquire);
  }
  // Where two threads bring the same value, the first one's stays.
  void keep(std::uint64_t index, std::size_t field, const FieldValue& value) const {
    const std::uint64_t bytes = sizeof(Kept) + value.bytes.size();
    if (used_.fetch_add(bytes) + bytes > limit_) {
      used_.fetch_sub(bytes);
      return;
    }
    Kept* made = new (::operator new(bytes)) Kept{value.shape, value.bytes.size()};
    if (!value.bytes.empty()) std::memcpy(made->data(), value.bytes.data(), value.bytes.size());
    Kept* expected = nullptr;
    std::atomic<Kept*>& place = kept_[index * fields_ + field];
    if (place.compare_exchange_strong(expected, made, std::memory_order_release)) return;
    ::operator delete(made);
    used_.fetch_sub(bytes);
  }

 private:
  SourcePtr from_;
  std::size_t fields_;
  std::uint64_t limit_;
  mutable std::atomic<std::uint64_t> used_{0};
  mutable std::vector<std::atomic<Kept*>> kept_;
};

class CachedReader final : public SourceReader {
 public:
  explicit CachedReader(const CachedSource& cache) : cache_(cache), from_(cache.from().reader()) {}
  Shape shape(std::uint64_t index, std::size_t field) override {
    if (const Kept* kept = cache_.find(index, field)) return kept->shape;
    return from_->shape(index, field);
  }
  FieldValue view(std::uint64_t index, std::size_t field) override {
    if (Kept* kept = cache_.find(index, field))
      return {.bytes = {kept->data(), kept->bytes}, .shape = kept->shape};
    const FieldValue value = from_->view(index, field);
    cache_.keep(index, field, value);
    return value;
  }
  void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) override {
    if (Kept* kept = cache_.find(index, field)) {
      if (kept->bytes != out.size()) throw Error(ErrorCode::kUsage, "the room is not the value's");
      if (!out.empty()) std::memcpy(out.data(), kept->data(), out.size());
      return;
    }
    from_->read(index, field, out);
    cache_.keep(index, field, {.bytes = out, .shape = from_->shape(index, field)});
  }
  void will_read(std::uint64_t index, std::size_t field) override {
    if (cache_.find(index, field) == nullptr) from_->will_read(index, field);
  }
  bool shapes(std::span<const std::uint64_t> indices, std::size_t field,
              std::span<Shape> out) override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const Kept* kept = cache_.find(indices[i], field);
      if (kept == nullptr) return from_->shapes(indices, field, out);
      out[i] = kept->shape;
    }
    return true;
  }
  // Only what is kept: what is not comes by view(), which keeps it.
  void views(std::span<const std::uint64_t> indices, std::size_t field,
             std::span<Bytes> out) override {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      Kept* kept = cache_.find(indices[i], field);
      out[i] = kept == nullptr ? Bytes() : Bytes(kept->data(), kept->bytes);
    }
  }

 private:
  const CachedSource& cache_;
  std::unique_ptr<SourceReader> from_;
};

std::unique_ptr<SourceReader> CachedSource::reader() const {
  return std::make_unique<CachedReader>(*this);
}

}  // namespace

SourcePtr cached(SourcePtr from, std::uint64_t bytes) {
  return std::make_shared<CachedSource>(std::move(from), bytes);
}

}  // namespace dsprep
