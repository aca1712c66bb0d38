// DLPack: tensors that other libraries take over without a copy (LibTorch, CuPy, JAX, TVM, numpy
// …). Free functions and plain structs; any thread. An exported tensor may be deleted by any
// thread.
//
// The structs have the layout of DLPack's C header, versions 0.2 to 1.x: a DLManagedTensor* is a
// ManagedTensor* (reinterpret_cast), whichever dlpack.h the other library brings.
// (https://dmlc.github.io/dlpack/latest/c_api.html)
#pragma once

#include <cstdint>
#include <memory>

#include "dsprep/sample.h"
#include "dsprep/schema.h"

namespace dsprep::dlpack {

enum class DeviceType : std::int32_t {
  kCpu = 1,
  kCuda = 2,      ///< device memory; `id` is CUDA's device number
  kCudaHost = 3,  ///< pinned; many readers know kCpu only, and pinned memory is that, too
  kCudaManaged = 13,
};

struct Device {
  DeviceType type = DeviceType::kCpu;
  std::int32_t id = 0;
  friend bool operator==(const Device&, const Device&) = default;
};

enum class TypeCode : std::uint8_t { kInt = 0, kUint = 1, kFloat = 2, kBfloat = 4, kBool = 6 };

struct DataType {
  TypeCode code = TypeCode::kUint;
  std::uint8_t bits = 8;
  std::uint16_t lanes = 1;
  friend bool operator==(const DataType&, const DataType&) = default;
};

/// DLTensor.
struct View {
  void* data = nullptr;
  Device device;
  std::int32_t rank = 0;
  DataType type;
  std::int64_t* shape = nullptr;
  std::int64_t* strides = nullptr;  ///< in elements
  std::uint64_t byte_offset = 0;
};

/// DLManagedTensor: what nearly every library reads.
struct ManagedTensor {
  View tensor;
  void* context = nullptr;
  void (*deleter)(ManagedTensor* self) = nullptr;
};

/// DLPackVersion, and DLManagedTensorVersioned of DLPack 1.x.
struct Version {
  std::uint32_t major = 1;
  std::uint32_t minor = 0;
};
inline constexpr std::uint64_t kReadOnly = 1;  ///< in `flags`
struct VersionedTensor {
  Version version;
  void* context = nullptr;
  void (*deleter)(VersionedTensor* self) = nullptr;
  std::uint64_t flags = 0;
  View tensor;
};

struct Delete {
  template <class T>
  void operator()(T* tensor) const noexcept {
    if (tensor->deleter != nullptr) tensor->deleter(tensor);
  }
};
/// release() hands the tensor to the library that takes it; that one calls the deleter.
using ManagedTensorPtr = std::unique_ptr<ManagedTensor, Delete>;
using VersionedTensorPtr = std::unique_ptr<VersionedTensor, Delete>;

/// DLPack's name of a dtype; all of them have one.
DataType data_type(DType dtype) noexcept;
inline constexpr DataType kBfloat16 = {TypeCode::kBfloat, 16, 1};

/// Memory to be exported: dense elements in C order, on any device. DLPack carries no stream: what
/// fills device memory must be done, or the consumer's stream must wait for it, before the export
/// is handed over; and `owner` must not let the memory go while kernels that the consumer has
/// started may use it (record an event when the owner is destroyed).
struct Memory {
  void* data = nullptr;
  DataType type;
  Shape shape;
  Device device = {};
  bool read_only = false;                  ///< only VersionedTensor can say so
  std::shared_ptr<const void> owner = {};  ///< kept until the deleter is called
};

ManagedTensorPtr managed(Memory memory);
VersionedTensorPtr versioned(Memory memory);

/// A batch's tensor: shares its memory, and keeps the batch's slot. Writing to it is allowed and
/// changes what everybody sees who shares this batch. Throws kUsage for any other tensor (nothing
/// would keep its memory).
Memory memory_of(const Tensor& tensor);
inline ManagedTensorPtr managed(const Tensor& tensor) { return managed(memory_of(tensor)); }
inline VersionedTensorPtr versioned(const Tensor& tensor) { return versioned(memory_of(tensor)); }

}  // namespace dsprep::dlpack
