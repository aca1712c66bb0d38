// The bridge to LibTorch: dsprep::torch::to_tensor. Header-only, in the target dsprep::torch. Any
// thread.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dsprep/error.h"
#include "dsprep/sample.h"

namespace dsprep::torch {

/// LibTorch's name of the type; nothing for the unsigned types that it cannot compute with.
inline std::optional<at::ScalarType> scalar_type(DType dtype) noexcept {
  switch (dtype) {
    case DType::kBool:
      return at::kBool;
    case DType::kUint8:
      return at::kByte;
    case DType::kInt8:
      return at::kChar;
    case DType::kInt16:
      return at::kShort;
    case DType::kInt32:
      return at::kInt;
    case DType::kInt64:
      return at::kLong;
    case DType::kFloat16:
      return at::kHalf;
    case DType::kFloat32:
      return at::kFloat;
    case DType::kFloat64:
      return at::kDouble;
    case DType::kUint16:
    case DType::kUint32:
    case DType::kUint64:
      break;
  }
  return std::nullopt;
}

namespace detail {

template <class From, class To>
at::Tensor widened(const Tensor& tensor, at::IntArrayRef sizes, at::ScalarType type) {
  const auto from = tensor.as<From>();
  at::Tensor to = at::empty(sizes, type);
  std::copy(from.begin(), from.end(), to.data_ptr<To>());
  return to;
}

}  // namespace detail

/// A LibTorch tensor with a copy of the elements, of the same dtype and shape; an encoded picture
/// or a text gives its bytes. uint16 and uint32 (token ids) are widened to int32 and int64, which
/// LibTorch's embeddings take. Throws kUsage for uint64.
inline at::Tensor to_tensor(const Tensor& tensor) {
  const auto extents = tensor.shape.extents();
  const std::vector<std::int64_t> sizes(extents.begin(), extents.end());
  if (tensor.dtype == DType::kUint16)
    return detail::widened<std::uint16_t, std::int32_t>(tensor, sizes, at::kInt);
  if (tensor.dtype == DType::kUint32)
    return detail::widened<std::uint32_t, std::int64_t>(tensor, sizes, at::kLong);
  const auto type = scalar_type(tensor.dtype);
  if (!type) {
    throw Error(ErrorCode::kUsage,
                "LibTorch has no type for " + std::string(dtype_name(tensor.dtype)),
                {.field = std::string(tensor.name)}, "read it with as<T>()");
  }
  return at::from_blob(const_cast<std::byte*>(tensor.bytes.data()), sizes, *type).clone();
}

}  // namespace dsprep::torch
