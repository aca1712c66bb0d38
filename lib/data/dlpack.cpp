#include "dsprep/dlpack.h"

#include <array>
#include <cstddef>
#include <utility>

#include "dsprep/error.h"

namespace dsprep::dlpack {
namespace {

// DLPack's header on a machine of 64 bits.
static_assert(sizeof(Device) == 8 && sizeof(DataType) == 4 && sizeof(View) == 48);
static_assert(offsetof(View, rank) == 16 && offsetof(View, type) == 20);
static_assert(offsetof(View, shape) == 24 && offsetof(View, byte_offset) == 40);
static_assert(sizeof(ManagedTensor) == 64 && offsetof(ManagedTensor, context) == 48);
static_assert(sizeof(VersionedTensor) == 80 && offsetof(VersionedTensor, context) == 8);
static_assert(offsetof(VersionedTensor, flags) == 24 && offsetof(VersionedTensor, tensor) == 32);

// What a deleter frees: the struct, what it points to, and the hold on the memory.
template <class Managed>
struct Export {
  Managed tensor;
  std::array<std::int64_t, kMaxRank> shape, strides;
  std::shared_ptr<const void> owner;
};

template <class Managed>
std::unique_ptr<Managed, Delete> make(Memory memory) {
  auto made = std::make_unique<Export<Managed>>();
  std::int64_t stride = 1;
  for (std::size_t axis = memory.shape.rank(); axis-- > 0;) {
    made->shape[axis] = static_cast<std::int64_t>(memory.shape[axis]);
    made->strides[axis] = stride;
    stride *= made->shape[axis];
  }
  made->owner = std::move(memory.owner);
  made->tensor.tensor = {.data = memory.data,
                         .device = memory.device,
                         .rank = static_cast<std::int32_t>(memory.shape.rank()),
                         .type = memory.type,
                         .shape = made->shape.data(),
                         .strides = made->strides.data(),
                         .byte_offset = 0};
  made->tensor.context = made.get();
  made->tensor.deleter = [](Managed* self) { delete static_cast<Export<Managed>*>(self->context); };
  return std::unique_ptr<Managed, Delete>(&made.release()->tensor);
}

}  // namespace

DataType data_type(DType dtype) noexcept {
  const auto bits = static_cast<std::uint8_t>(8 * dtype_size(dtype));
  switch (dtype) {
    case DType::kBool:
      return {TypeCode::kBool, bits, 1};
    case DType::kUint8:
    case DType::kUint16:
    case DType::kUint32:
    case DType::kUint64:
      return {TypeCode::kUint, bits, 1};
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32:
    case DType::kInt64:
      return {TypeCode::kInt, bits, 1};
    case DType::kFloat16:
    case DType::kFloat32:
    case DType::kFloat64:
      break;
  }
  return {TypeCode::kFloat, bits, 1};
}

ManagedTensorPtr managed(Memory memory) { return make<ManagedTensor>(std::move(memory)); }

VersionedTensorPtr versioned(Memory memory) {
  const bool read_only = memory.read_only;
  VersionedTensorPtr tensor = make<VersionedTensor>(std::move(memory));
  if (read_only) tensor->flags |= kReadOnly;
  return tensor;
}

Memory memory_of(const Tensor& tensor) {
  if (tensor.keeper == nullptr) {
    throw Error(ErrorCode::kUsage, "only a batch's tensor can be shared",
                {.field = std::string(tensor.name)}, "copy it, or read it through a Loader");
  }
  return {.data = const_cast<std::byte*>(tensor.bytes.data()),
          .type = data_type(tensor.dtype),
          .shape = tensor.shape,
          .device = {},
          .read_only = false,
          .owner = tensor.keeper->share()};
}

}  // namespace dsprep::dlpack
