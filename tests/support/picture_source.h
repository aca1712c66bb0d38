// PictureSource: raw pictures, tokens, windows of tokens and a label, made from their number.
// Fields: image (uint8 H x W x C, of one size or of many), tokens (uint16, ragged), window (uint16,
// 9), label (int64).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dsprep/draw.h"
#include "dsprep/error.h"
#include "dsprep/source.h"

namespace dsprep::test {

struct PictureShape {
  std::uint64_t height = 6, width = 8, channels = 3;
  bool ragged = false;  ///< picture i has i % 5 rows and i % 7 columns more
};

class PictureSource final : public Source {
 public:
  PictureSource(std::uint64_t size, PictureShape shape,
                std::function<void(std::uint64_t)> on_read = {})
      : size_(size), shape_(shape), on_read_(std::move(on_read)) {
    const auto extent = [&](std::uint64_t e) {
      return shape.ragged ? std::int64_t{-1} : static_cast<std::int64_t>(e);
    };
    schema_.fields = {
        {"image",
         DType::kUint8,
         {extent(shape.height), extent(shape.width), static_cast<std::int64_t>(shape.channels)}},
        {"tokens", DType::kUint16, {-1}},
        {"window", DType::kUint16, {9}},
        {"label", DType::kInt64, {}}};
  }
  std::uint64_t size() const noexcept override { return size_; }
  const Schema& schema() const noexcept override { return schema_; }
  std::string id() const override { return "pictures:" + std::to_string(size_); }
  std::string key(std::uint64_t index) const override { return std::to_string(index); }
  std::unique_ptr<SourceReader> reader() const override { return std::make_unique<Reader>(*this); }

  Shape shape_of(std::uint64_t index, std::size_t field) const {
    const std::uint64_t more = shape_.ragged ? 1 : 0;
    if (field == 0)
      return {shape_.height + more * (index % 5), shape_.width + more * (index % 7),
              shape_.channels};
    if (field == 1) return {index * 5 % 11};
    if (field == 2) return {9};
    return {};
  }

 private:
  class Reader final : public SourceReader {
   public:
    explicit Reader(const PictureSource& from) : from_(from) {}
    Shape shape(std::uint64_t index, std::size_t field) override {
      return from_.shape_of(index, field);
    }
    FieldValue view(std::uint64_t index, std::size_t field) override {
      if (from_.on_read_) from_.on_read_(index);
      const Shape shape = from_.shape_of(index, field);
      std::vector<std::byte>& bytes = bytes_[field];
      bytes.resize(shape.elements() * dtype_size(from_.schema_.fields[field].dtype));
      for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(mix(index, i * 4 + field) & 0xff);
      return {.bytes = bytes, .shape = shape};
    }
    void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) override {
      const Bytes bytes = view(index, field).bytes;
      if (bytes.size() != out.size()) throw Error(ErrorCode::kInternal, "room of another size");
      std::copy(bytes.begin(), bytes.end(), out.begin());
    }

   private:
    const PictureSource& from_;
    std::vector<std::byte> bytes_[4];
  };

  std::uint64_t size_;
  PictureShape shape_;
  std::function<void(std::uint64_t)> on_read_;
  Schema schema_;
};

inline SourcePtr pictures(std::uint64_t size, PictureShape shape = {},
                          std::function<void(std::uint64_t)> on_read = {}) {
  return std::make_shared<PictureSource>(size, shape, std::move(on_read));
}

}  // namespace dsprep::test
