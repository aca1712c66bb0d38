// FakeSource: samples that are made, not read, with faults and delays where a test wants them.
// Fields: id (uint64), tokens (uint16, ragged: sample i has i % 7 of them, i, i + 1, …).
#pragma once

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "dsprep/error.h"
#include "dsprep/source.h"

namespace dsprep::test {

struct FakeBehaviour {
  std::function<void(std::uint64_t index)> on_shape = {};
  std::function<void(std::uint64_t index)> on_read = {};
};

inline std::uint64_t fake_length(std::uint64_t index) { return index % 7; }

class FakeReader final : public SourceReader {
 public:
  explicit FakeReader(const FakeBehaviour& behaviour) : behaviour_(behaviour) {}
  Shape shape(std::uint64_t index, std::size_t field) override {
    if (behaviour_.on_shape) behaviour_.on_shape(index);
    return field == 0 ? Shape{} : Shape{fake_length(index)};
  }
  FieldValue view(std::uint64_t index, std::size_t field) override {
    if (behaviour_.on_read) behaviour_.on_read(index);
    if (field == 0) {
      id_ = index;
      return {.bytes = std::as_bytes(std::span(&id_, 1)), .shape = {}};
    }
    tokens_.clear();
    for (std::uint64_t i = 0; i < fake_length(index); ++i)
      tokens_.push_back(static_cast<std::uint16_t>(index + i));
    return {.bytes = std::as_bytes(std::span(tokens_)), .shape = {tokens_.size()}};
  }
  void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) override {
    const Bytes bytes = view(index, field).bytes;
    if (bytes.size() != out.size()) throw Error(ErrorCode::kInternal, "room of another size");
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  }

 private:
  const FakeBehaviour& behaviour_;
  std::uint64_t id_ = 0;
  std::vector<std::uint16_t> tokens_;
};

class FakeSource final : public Source {
 public:
  explicit FakeSource(std::uint64_t size, FakeBehaviour behaviour = {}, bool ragged = true)
      : size_(size), behaviour_(std::move(behaviour)) {
    schema_.fields = {{"id", DType::kUint64, {}, Encoding::kArray}};
    if (ragged) schema_.fields.push_back({"tokens", DType::kUint16, {-1}, Encoding::kArray});
  }
  std::uint64_t size() const noexcept override { return size_; }
  const Schema& schema() const noexcept override { return schema_; }
  std::string id() const override { return "fake:" + std::to_string(size_); }
  std::string key(std::uint64_t index) const override { return std::to_string(index); }
  std::unique_ptr<SourceReader> reader() const override {
    return std::make_unique<FakeReader>(behaviour_);
  }

 private:
  std::uint64_t size_;
  FakeBehaviour behaviour_;
  Schema schema_;
};

inline void nap(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace dsprep::test
