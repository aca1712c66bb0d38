#include "dsprep/dlpack.h"

#include <doctest/doctest.h>

#include <thread>

#include "dsprep/loader.h"
#include "support/errors.h"
#include "support/fake_source.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

Loader make_loader(unsigned prefetch = 2) {
  return {std::make_shared<FakeSource>(40),
          {.batch_size = 4, .threads = 1, .prefetch = prefetch, .collate = pad(0)}};
}

TEST_CASE("an exported tensor has the batch's memory, shape, strides and type") {
  Loader loader = make_loader();
  Epoch epoch = loader.epoch(0);
  const Batch batch = *epoch.next();
  const Tensor& ids = batch["input_ids"];
  const dlpack::ManagedTensorPtr out = dlpack::managed(ids);
  const dlpack::View& view = out->tensor;
  CHECK(view.data == ids.bytes.data());
  CHECK(view.byte_offset == 0);
  CHECK(view.device == dlpack::Device{dlpack::DeviceType::kCpu, 0});
  CHECK(view.type == dlpack::DataType{dlpack::TypeCode::kInt, 64, 1});
  REQUIRE(view.rank == 2);
  CHECK(view.shape[0] == 4);
  CHECK(view.shape[1] == 3);  // samples 0 to 3 have 0 to 3 tokens
  CHECK(view.strides[0] == 3);
  CHECK(view.strides[1] == 1);
}

TEST_CASE("every dtype has its DLPack name") {
  using dlpack::TypeCode;
  struct Case {
    DType dtype;
    TypeCode code;
    int bits;
  };
  for (const Case& c :
       {Case{DType::kBool, TypeCode::kBool, 8}, Case{DType::kUint8, TypeCode::kUint, 8},
        Case{DType::kInt8, TypeCode::kInt, 8}, Case{DType::kUint16, TypeCode::kUint, 16},
        Case{DType::kInt16, TypeCode::kInt, 16}, Case{DType::kUint32, TypeCode::kUint, 32},
        Case{DType::kInt32, TypeCode::kInt, 32}, Case{DType::kUint64, TypeCode::kUint, 64},
        Case{DType::kInt64, TypeCode::kInt, 64}, Case{DType::kFloat16, TypeCode::kFloat, 16},
        Case{DType::kFloat32, TypeCode::kFloat, 32}, Case{DType::kFloat64, TypeCode::kFloat, 64}}) {
    CAPTURE(dtype_name(c.dtype));
    const dlpack::DataType type = dlpack::data_type(c.dtype);
    CHECK(type.code == c.code);
    CHECK(type.bits == c.bits);
    CHECK(type.lanes == 1);
  }
}

TEST_CASE("an export keeps the slot: another thread may delete it, long after batch and loader") {
  dlpack::ManagedTensorPtr kept;
  {
    Loader loader = make_loader();
    Epoch epoch = loader.epoch(0);
    kept = dlpack::managed((*epoch.next())["id"]);
    while (epoch.next()) {
    }
  }
  const auto* ids = static_cast<const std::uint64_t*>(kept->tensor.data);
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(ids[i] == i);
  std::thread([other = std::move(kept)]() mutable { other.reset(); }).join();
}

TEST_CASE(
    "who holds an export of every slot gets the loader's error, and goes on after one is gone") {
  Loader loader = make_loader(2);
  Epoch epoch = loader.epoch(0);
  std::vector<dlpack::VersionedTensorPtr> held;
  for (int i = 0; i < 3; ++i) held.push_back(dlpack::versioned((*epoch.next())["id"]));
  CHECK(code_of([&] { epoch.next(); }) == ErrorCode::kUsage);
  held.erase(held.begin());
  CHECK(epoch.next().has_value());
  CHECK(static_cast<const std::uint64_t*>(held[0]->tensor.data)[0] == 4);
}

TEST_CASE("a collate function's tensors are shared, too") {
  Loader loader(std::make_shared<FakeSource>(4),
                {.batch_size = 4, .threads = 0, .collate = collate_function([](auto, auto& out) {
                                                  out.add("ones", DType::kUint8, {2})[1] =
                                                      std::byte{1};
                                                })});
  Epoch epoch = loader.epoch(0);
  const dlpack::ManagedTensorPtr out = dlpack::managed((*epoch.next())["ones"]);
  CHECK(static_cast<const std::uint8_t*>(out->tensor.data)[1] == 1);
}

TEST_CASE("device memory and its owner travel through") {
  const auto owner = std::make_shared<int>(7);
  {
    const dlpack::VersionedTensorPtr out =
        dlpack::versioned({.data = owner.get(),
                           .type = dlpack::kBfloat16,
                           .shape = {},
                           .device = {dlpack::DeviceType::kCuda, 3},
                           .read_only = true,
                           .owner = owner});
    CHECK(out->version.major == 1);
    CHECK(out->flags == dlpack::kReadOnly);
    CHECK(out->tensor.device == dlpack::Device{dlpack::DeviceType::kCuda, 3});
    CHECK(out->tensor.rank == 0);
    CHECK(owner.use_count() == 2);
  }
  CHECK(owner.use_count() == 1);
}

TEST_CASE("a tensor that is no batch's is refused by name") {
  const std::uint8_t byte = 1;
  const Tensor tensor{
      "lone", DType::kUint8, {}, Encoding::kArray, std::as_bytes(std::span(&byte, 1))};
  CHECK_THROWS_WITH_AS(dlpack::managed(tensor), doctest::Contains("lone"), Error);
}

}  // namespace
