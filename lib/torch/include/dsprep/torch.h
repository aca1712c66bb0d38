// The bridge to LibTorch, 1.13 and 2.x: what a loader delivers, as at::Tensor. Header-only, over
// DLPack, in the target dsprep::torch. Free functions, any thread.
//
//   for (dsprep::Batch batch : loader.epoch(0)) {
//     at::Tensor images = dsprep::torch::tensor(batch["image"]);  // the batch's own memory
//     …
//
// A tensor keeps its batch's slot until the last view of it is gone, also in autograd's graph: hold
// no more batches than LoaderOptions::prefetch, or clone() what is to stay.
#pragma once

#include <ATen/DLConvertor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsprep/dlpack.h"
#include "dsprep/error.h"
#include "dsprep/sample.h"

namespace dsprep::torch {
namespace detail {

static_assert(sizeof(DLManagedTensor) == sizeof(dlpack::ManagedTensor) &&
              offsetof(DLManagedTensor, deleter) == offsetof(dlpack::ManagedTensor, deleter));

[[noreturn]] inline void refuse(std::string_view type, std::string_view field) {
  throw Error(ErrorCode::kUsage, "LibTorch has no type for " + std::string(type),
              {.field = std::string(field)}, "read it with as<T>()");
}

inline std::vector<std::int64_t> sizes_of(const Tensor& tensor) {
  return {tensor.shape.extents().begin(), tensor.shape.extents().end()};
}

template <class From>
at::Tensor widened(const Tensor& tensor) {
  const auto from = tensor.as<From>();
  at::Tensor to = at::empty(sizes_of(tensor), at::kLong);
  std::copy(from.begin(), from.end(), to.template data_ptr<std::int64_t>());
  return to;
}

}  // namespace detail

/// Memory that was prepared for DLPack, also of a device: shared, kept by its owner. Throws kUsage
/// for unsigned integers over 8 bits, which LibTorch does not compute with.
inline at::Tensor tensor(dlpack::Memory memory) {
  const dlpack::DataType type = memory.type;
  if (type.code == dlpack::TypeCode::kUint && type.bits > 8)
    detail::refuse("uint" + std::to_string(type.bits), {});
  // LibTorch 1.13 does not know DLPack's bool: it travels as bytes.
  const bool is_bool = type.code == dlpack::TypeCode::kBool;
  if (is_bool) memory.type.code = dlpack::TypeCode::kUint;
  dlpack::ManagedTensorPtr exported = dlpack::managed(std::move(memory));
  const at::Tensor shared = at::fromDLPack(reinterpret_cast<DLManagedTensor*>(exported.get()));
  exported.release();
  return is_bool ? shared.view(at::kBool) : shared;
}

/// A copy of the elements, of the same dtype and shape; an encoded picture or a text gives its
/// bytes. uint16 and uint32 (token ids) become int64, as embeddings and losses want them. Throws
/// kUsage for uint64.
inline at::Tensor to_tensor(const Tensor& value) {
  switch (value.dtype) {
    case DType::kUint16:
      return detail::widened<std::uint16_t>(value);
    case DType::kUint32:
      return detail::widened<std::uint32_t>(value);
    case DType::kUint64:
      detail::refuse(dtype_name(value.dtype), value.name);
    default:
      break;
  }
  return tensor({.data = const_cast<std::byte*>(value.bytes.data()),
                 .type = dlpack::data_type(value.dtype),
                 .shape = value.shape})
      .clone();
}

/// A batch's tensor without a copy: it shares the batch's memory, and may outlive Batch and Loader.
/// What writes to it in place changes the batch. uint16, uint32 and tensors of samples are copied:
/// to_tensor().
inline at::Tensor tensor(const Tensor& value) {
  const bool widens = value.dtype == DType::kUint16 || value.dtype == DType::kUint32;
  if (widens || value.dtype == DType::kUint64 || value.keeper == nullptr) return to_tensor(value);
  return tensor(dlpack::memory_of(value));
}

}  // namespace dsprep::torch
