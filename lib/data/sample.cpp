#include "dsprep/sample.h"

#include <algorithm>
#include <limits>
#include <new>
#include <string>

#include "dsprep/error.h"
#include "formats/common/bytes.h"

namespace dsprep {
namespace {

[[noreturn]] void refuse(const Tensor& tensor, const std::string& what) {
  throw Error(ErrorCode::kUsage, what, {.field = std::string(tensor.name)});
}

// Sign-extends or zero-extends; empty where the value is over int64 or the dtype is no integer.
std::optional<std::int64_t> widen(DType dtype, Bytes bytes) {
  switch (dtype) {
    case DType::kBool:
    case DType::kUint8:
      return get<std::uint8_t>(bytes, 0);
    case DType::kInt8:
      return get<std::int8_t>(bytes, 0);
    case DType::kUint16:
      return get<std::uint16_t>(bytes, 0);
    case DType::kInt16:
      return get<std::int16_t>(bytes, 0);
    case DType::kUint32:
      return get<std::uint32_t>(bytes, 0);
    case DType::kInt32:
      return get<std::int32_t>(bytes, 0);
    case DType::kInt64:
      return get<std::int64_t>(bytes, 0);
    case DType::kUint64: {
      const auto value = get<std::uint64_t>(bytes, 0);
      if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return std::nullopt;
      return static_cast<std::int64_t>(value);
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

void Tensor::require(DType wanted) const {
  if (wanted != dtype) {
    refuse(*this, "asked for " + std::string(dtype_name(wanted)) + ", but the field's dtype is " +
                      std::string(dtype_name(dtype)));
  }
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % dtype_size(dtype) != 0) {
    refuse(*this, "asked for " + std::string(dtype_name(wanted)) + ", but the bytes of this " +
                      std::string(dtype_name(dtype)) + " are not aligned to it");
  }
}

void Tensor::require_scalar() const {
  if (bytes.size() != dtype_size(dtype)) {
    refuse(*this, "asked for one element, but there are " +
                      std::to_string(bytes.size() / dtype_size(dtype)));
  }
}

std::int64_t Tensor::label() const {
  require_scalar();
  const auto value = widen(dtype, bytes);
  if (!value)
    refuse(*this, "asked for an integer up to int64, but this " + std::string(dtype_name(dtype)) +
                      " is none");
  return *value;
}

std::string_view Tensor::text() const {
  if (encoding != Encoding::kText && encoding != Encoding::kJson) {
    refuse(*this,
           "asked for text, but the field's encoding is " + std::string(encoding_name(encoding)));
  }
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void AlignedBytes::Free::operator()(std::byte* memory) const noexcept {
  ::operator delete (memory, std::align_val_t{kAlignment});
}

std::byte* AlignedBytes::reserve(std::size_t bytes) {
  if (bytes > capacity_) {
    const std::size_t wanted = std::max(bytes, capacity_ + capacity_ / 2);
    memory_.reset();
    capacity_ = 0;
    memory_.reset(static_cast<std::byte*>(::operator new (wanted, std::align_val_t{kAlignment})));
    capacity_ = wanted;
  }
  return memory_.get();
}

const Tensor& named_tensor(std::span<const Tensor> tensors, std::string_view name) {
  const auto found = std::ranges::find(tensors, name, &Tensor::name);
  if (found != tensors.end()) return *found;
  std::string known;
  for (const Tensor& tensor : tensors)
    known += (known.empty() ? "" : ", ") + std::string(tensor.name);
  throw Error(ErrorCode::kNotFound, "no such field", {.field = std::string(name)},
              "there are: " + known);
}

const Tensor& Sample::operator[](std::string_view field) const {
  return named_tensor(tensors_, field);
}

}  // namespace dsprep
