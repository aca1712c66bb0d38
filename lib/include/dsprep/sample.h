// Sample: one record in memory, a key and named tensors. Views only, unless it was made by
// Dataset::at(). A sample is read by any number of threads; a SampleBuffer belongs to one thread at
// a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dsprep/record.h"
#include "dsprep/schema.h"

namespace dsprep {

/// The bits of an IEEE half: C++20 has no type for them.
struct Float16 {
  std::uint16_t bits = 0;
  friend bool operator==(const Float16&, const Float16&) = default;
};

/// dtype_of<T>: the DType whose elements are T.
template <class T>
inline constexpr std::optional<DType> kDTypeOf = std::nullopt;
template <>
inline constexpr std::optional<DType> kDTypeOf<bool> = DType::kBool;
template <>
inline constexpr std::optional<DType> kDTypeOf<std::uint8_t> = DType::kUint8;
template <>
inline constexpr std::optional<DType> kDTypeOf<std::int8_t> = DType::kInt8;
template <>
inline constexpr std::optional<DType> kDTypeOf<std::uint16_t> = DType::kUint16;
template <>
inline constexpr std::optional<DType> kDTypeOf<std::int16_t> = DType::kInt16;
template <>
inline constexpr std::optional<DType> kDTypeOf<std::uint32_t> = DType::kUint32;
template <>
inline constexpr std::optional<DType> kDTypeOf<std::int32_t> = DType::kInt32;
template <>
inline constexpr std::optional<DType> kDTypeOf<std::uint64_t> = DType::kUint64;
template <>
inline constexpr std::optional<DType> kDTypeOf<std::int64_t> = DType::kInt64;
template <>
inline constexpr std::optional<DType> kDTypeOf<Float16> = DType::kFloat16;
template <>
inline constexpr std::optional<DType> kDTypeOf<float> = DType::kFloat32;
template <>
inline constexpr std::optional<DType> kDTypeOf<double> = DType::kFloat64;

/// Memory that several may keep: a batch's slot.
class Keeper {
 public:
  /// The memory stays as it is while the result, or a copy of it, lives. Any thread.
  virtual std::shared_ptr<const void> share() = 0;

 protected:
  ~Keeper() = default;
};

/// One named value. Its views live as long as what the sample was read into.
struct Tensor {
  std::string_view name;
  DType dtype = DType::kUint8;
  Shape shape;
  Encoding encoding = Encoding::kArray;
  Bytes bytes;               ///< little-endian elements in C order, or the encoded bytes
  Keeper* keeper = nullptr;  ///< of a batch's tensor: who can keep its bytes

  /// The elements. Throws kUsage that names both types where T is not the dtype, or where the bytes
  /// are not aligned to it.
  template <class T>
  std::span<const T> as() const {
    static_assert(kDTypeOf<T>.has_value(), "no dtype has elements of this type");
    require(*kDTypeOf<T>);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

  /// The one element. As as<T>(); throws kUsage too where there are more or fewer.
  template <class T>
  T scalar() const {
    require_scalar();
    return as<T>()[0];
  }

  /// The one integer, whatever its width: a class or a label. Throws kUsage where it is none, or
  /// over int64.
  std::int64_t label() const;

  /// The bytes as text; throws kUsage where the encoding is neither text nor JSON.
  std::string_view text() const;

 private:
  void require(DType wanted) const;
  void require_scalar() const;
};

/// The tensor of that name; throws kNotFound that lists the names there are.
const Tensor& named_tensor(std::span<const Tensor> tensors, std::string_view name);

/// Memory of 64-byte alignment that grows and never shrinks. Move-only.
class AlignedBytes {
 public:
  static constexpr std::size_t kAlignment = 64;
  /// At least `bytes` of memory; what was in it is lost when it grows.
  std::byte* reserve(std::size_t bytes);

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept;
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t capacity_ = 0;
};

/// What samples are read into; reuse it from call to call. Move-only, no state that a reader
/// depends on.
struct SampleBuffer {
  ReadBuffer record;
  AlignedBytes aligned;
  std::vector<Tensor> tensors;
};

/// A key and its tensors in the order of the schema. Cheap to copy.
class Sample {
 public:
  Sample(std::string_view key, std::span<const Tensor> tensors,
         std::shared_ptr<const void> owner = nullptr)
      : key_(key), tensors_(tensors), owner_(std::move(owner)) {}

  std::string_view key() const noexcept { return key_; }
  std::span<const Tensor> tensors() const noexcept { return tensors_; }
  /// The tensor of a field; throws kNotFound that lists the fields there are.
  const Tensor& operator[](std::string_view field) const;
  /// True where the sample keeps its bytes itself.
  bool owns_bytes() const noexcept { return owner_ != nullptr; }

 private:
  std::string_view key_;
  std::span<const Tensor> tensors_;
  std::shared_ptr<const void> owner_;
};

}  // namespace dsprep
