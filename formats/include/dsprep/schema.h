// Schema: the fields that every sample of a dataset has. Value types.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsprep {

/// Element types. The names are numpy's ("uint16"); all arrays are little-endian.
enum class DType : std::uint8_t {
  kBool, kUint8, kInt8, kUint16, kInt16, kUint32, kInt32, kUint64, kInt64, kFloat16, kFloat32, kFloat64,
};

std::string_view dtype_name(DType dtype) noexcept;                           ///< "uint16"
std::string_view dtype_descr(DType dtype) noexcept;                          ///< numpy's descr: "<u2", "|u1"
constexpr std::size_t dtype_size(DType dtype) noexcept {                     ///< bytes an element
  constexpr std::array<std::uint8_t, 12> kSizes = {1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8};
  return kSizes[static_cast<std::size_t>(dtype)];
}
std::optional<DType> dtype_from_name(std::string_view name) noexcept;
std::optional<DType> dtype_from_descr(std::string_view descr) noexcept;

/// How a field's bytes are to be read.
enum class Encoding : std::uint8_t {
  kArray,  ///< plain little-endian elements, C order
  kClass,  ///< one integer that names a class or a label (a scalar array; `.cls` in tar and LMDB)
  kImage,  ///< the bytes of an encoded picture (jpg, png, …; told by content); dtype uint8, shape (-1)
  kText,   ///< UTF-8 text; dtype uint8, shape (-1)
  kJson,   ///< one JSON value as UTF-8 text; dtype uint8, shape (-1)
  kBytes,  ///< bytes of unknown meaning, as foreign shards have them; dtype uint8, shape (-1)
};

std::string_view encoding_name(Encoding encoding) noexcept;                  ///< "array", "class", "image", …
std::optional<Encoding> encoding_from_name(std::string_view name) noexcept;

inline constexpr std::size_t kMaxRank = 8;

/// The shape of one value: up to eight extents, kept in place. A scalar has rank 0 and one element.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::uint64_t> extents)  ///< throws kUsage above kMaxRank
      : Shape(std::span<const std::uint64_t>(extents.begin(), extents.size())) {}
  explicit Shape(std::span<const std::uint64_t> extents) : rank_(extents.size()) {
    if (rank_ > kMaxRank) refuse_rank();
    for (std::size_t i = 0; i < rank_; ++i) extents_[i] = extents[i];
  }

  std::size_t rank() const noexcept { return rank_; }
  std::uint64_t operator[](std::size_t axis) const noexcept { return extents_[axis]; }
  std::span<const std::uint64_t> extents() const noexcept { return {extents_.data(), rank_}; }
  /// Number of elements; throws kCorrupt where it does not fit 64 bits.
  std::uint64_t elements() const {
    std::uint64_t product = 1;
    for (std::size_t i = 0; i < rank_; ++i)
      if (__builtin_mul_overflow(product, extents_[i], &product)) refuse_elements();
    return product;
  }
  friend bool operator==(const Shape& a, const Shape& b) noexcept;

 private:
  [[noreturn]] static void refuse_rank();
  [[noreturn]] static void refuse_elements();
  std::array<std::uint64_t, kMaxRank> extents_{};
  std::size_t rank_ = 0;
};

/// One named field of every sample.
struct Field {
  std::string name;                  ///< [a-z0-9_]{1,64}, not "key"
  DType dtype = DType::kUint8;
  std::vector<std::int64_t> shape;   ///< extents of one value; -1 where they differ from sample to sample
  Encoding encoding = Encoding::kArray;
  /// Names of the elements along the last axis (the columns of a table); empty where they have none.
  std::vector<std::string> columns = {};

  bool ragged() const noexcept;                       ///< some extent is -1
  std::uint64_t row_bytes() const;                    ///< bytes of one value; requires: not ragged
  bool accepts(const Shape& value) const noexcept;    ///< rank and fixed extents agree
  friend bool operator==(const Field&, const Field&) = default;
};

/// The fields, in their stored order. Names are distinct.
struct Schema {
  std::vector<Field> fields;

  std::optional<std::size_t> find(std::string_view name) const noexcept;
  /// Index of a field; throws kNotFound that lists the fields there are.
  std::size_t index_of(std::string_view name) const;
  /// Throws kUsage that names the field at fault.
  void validate() const;
  friend bool operator==(const Schema&, const Schema&) = default;
};

/// Canonical JSON (`[{"dtype":"uint8","encoding":"image","name":"image","shape":[-1]},…]`), and back (throws kCorrupt).
/// `columns` stands there only where it is not empty; what else stands in a field is passed over.
std::string schema_to_json(const Schema& schema);
Schema schema_from_json(std::string_view json);

}  // namespace dsprep
