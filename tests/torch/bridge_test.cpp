// dsprep/torch.h against LibTorch itself. Built where LibTorch is found.
#include "dsprep/torch.h"

#undef CHECK  // LibTorch's logging has macros of these names
#undef CHECK_EQ
#undef CHECK_NE
#undef CHECK_LT
#undef CHECK_LE
#undef CHECK_GT
#undef CHECK_GE
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <thread>

#include "dsprep/gpu_loader.h"
#include "dsprep/loader.h"
#include "support/errors.h"
#include "support/fake_source.h"
#include "support/picture_source.h"

namespace {

using dsprep::Batch;
using dsprep::DType;
using dsprep::Epoch;
using dsprep::Loader;
using dsprep::test::code_of;
using dsprep::test::FakeSource;

// (doctest cannot print a ScalarType.)
bool is(const at::Tensor& tensor, at::ScalarType type) { return tensor.scalar_type() == type; }

template <class T>
dsprep::Tensor tensor_of(const std::array<T, 4>& values) {
  return {.name = "x",
          .dtype = *dsprep::kDTypeOf<T>,
          .shape = {2, 2},
          .encoding = {},
          .bytes = std::as_bytes(std::span(values))};
}

TEST_CASE_TEMPLATE("a tensor keeps its elements, shape and dtype", T, bool, std::uint8_t,
                   std::int8_t, std::int16_t, std::int32_t, std::int64_t, float, double) {
  const std::array<T, 4> values = {T(1), T(0), T(3), T(100)};
  const at::Tensor out = dsprep::torch::to_tensor(tensor_of(values));
  CHECK(is(out, c10::CppTypeToScalarType<T>::value));
  REQUIRE(out.sizes() == at::IntArrayRef({2, 2}));
  CHECK(std::equal(values.begin(), values.end(), out.template data_ptr<T>()));
}

TEST_CASE("token ids are widened to int64 without a change of value") {
  const std::array<std::uint16_t, 4> small = {0, 1, 40000, 65535};
  const at::Tensor narrow = dsprep::torch::to_tensor(tensor_of(small));
  CHECK(is(narrow, at::kLong));
  CHECK(narrow[1][1].item<std::int64_t>() == 65535);
  const std::array<std::uint32_t, 4> large = {0, 1, 2, 0xFFFFFFFF};
  CHECK(dsprep::torch::tensor(tensor_of(large))[1][1].item<std::int64_t>() == 0xFFFFFFFF);
}

TEST_CASE("a sample's tensor is copied: the result owns its elements") {
  std::array<float, 4> values = {1, 2, 3, 4};
  const at::Tensor out = dsprep::torch::tensor(tensor_of(values));
  values[0] = 9;
  CHECK(out[0][0].item<float>() == 1);
}

TEST_CASE("uint64 is refused by name") {
  const std::array<std::uint64_t, 4> values = {};
  CHECK_THROWS_WITH_AS(dsprep::torch::tensor(tensor_of(values)), doctest::Contains("uint64"),
                       dsprep::Error);
}

// Batches of 4 rows: input_ids (4, L) int64, lengths (4), attention_mask (4, L) bool; L up to 6.
Loader make_loader(unsigned prefetch = 2) {
  return {std::make_shared<FakeSource>(40),
          {.batch_size = 4,
           .threads = 1,
           .prefetch = prefetch,
           .collate = dsprep::pad(0),
           .fields = {"tokens"}}};
}

TEST_CASE("a batch's tensor is the batch's memory") {
  Loader loader = make_loader();
  Epoch epoch = loader.epoch(0);
  const Batch batch = *epoch.next();
  const at::Tensor ids = dsprep::torch::tensor(batch["input_ids"]);
  CHECK(ids.data_ptr() == batch["input_ids"].bytes.data());
  CHECK(ids.sizes() == at::IntArrayRef({4, 3}));
  CHECK(is(ids, at::kLong));
  CHECK(ids.is_contiguous());
  const at::Tensor mask = dsprep::torch::tensor(batch["attention_mask"]);
  CHECK(mask.data_ptr() == static_cast<const void*>(batch["attention_mask"].bytes.data()));
  CHECK(is(mask, at::kBool));
  CHECK(mask.sum(1).equal(dsprep::torch::tensor(batch["lengths"])));
}

TEST_CASE("a view keeps the slot: it outlives batch and loader, and dies in another thread") {
  at::Tensor row;
  {
    Loader loader = make_loader();
    Epoch epoch = loader.epoch(0);
    {
      const Batch batch = *epoch.next();
      row = dsprep::torch::tensor(batch["input_ids"])[3];
    }
    while (epoch.next()) {
    }
  }
  CHECK(row.equal(at::tensor({3, 4, 5}, at::kLong)));
  std::thread([view = std::move(row)]() mutable { view.reset(); }).join();
}

TEST_CASE("who holds tensors of every slot gets the loader's error; one less, and it goes on") {
  Loader loader = make_loader(2);
  Epoch epoch = loader.epoch(0);
  std::vector<at::Tensor> held;
  for (int i = 0; i < 3; ++i) held.push_back(dsprep::torch::tensor((*epoch.next())["input_ids"]));
  CHECK(code_of([&] { epoch.next(); }) == dsprep::ErrorCode::kUsage);
  held[1] = held[1].clone();
  CHECK(epoch.next().has_value());
  CHECK(held[1][0][0].item<std::int64_t>() == 4);
}

TEST_CASE("an empty batch tensor and a scalar keep their shapes") {
  Loader loader(std::make_shared<FakeSource>(1), {.batch_size = 1, .threads = 0});
  Epoch epoch = loader.epoch(0);
  const Batch batch = *epoch.next();
  CHECK(dsprep::torch::tensor(batch["tokens"]).sizes() == at::IntArrayRef({0}));
  CHECK(dsprep::torch::tensor(batch["tokens_offsets"]).sizes() == at::IntArrayRef({2}));
  const std::int64_t seven = 7;
  const dsprep::Tensor scalar{.name = "x",
                              .dtype = DType::kInt64,
                              .shape = {},
                              .encoding = {},
                              .bytes = std::as_bytes(std::span(&seven, 1))};
  CHECK(dsprep::torch::tensor(scalar).item<std::int64_t>() == 7);
  CHECK(dsprep::torch::tensor(scalar).dim() == 0);
}

TEST_CASE("DLPack memory is shared with its owner; unsigned types over 8 bits are refused") {
  auto owner = std::make_shared<std::array<float, 2>>(std::array<float, 2>{1, 2});
  {
    const at::Tensor out =
        dsprep::torch::tensor({.data = owner->data(),
                               .type = dsprep::dlpack::data_type(DType::kFloat32),
                               .shape = {2},
                               .owner = owner});
    CHECK(owner.use_count() == 2);
    CHECK(out[1].item<float>() == 2);
  }
  CHECK(owner.use_count() == 1);
  CHECK(code_of([&] {
          dsprep::torch::tensor({.data = owner->data(),
                                 .type = dsprep::dlpack::data_type(DType::kUint16),
                                 .shape = {2}});
        }) == dsprep::ErrorCode::kUsage);
}

TEST_CASE("a device batch's tensors are LibTorch's, in every float, and keep the batch") {
  using dsprep::cuda::ElementType;
  const auto device = dsprep::cuda::standin();  // its memory is the processor's
  for (const auto& [type, torch_type] :
       {std::pair{ElementType::kFloat32, at::kFloat}, std::pair{ElementType::kFloat16, at::kHalf},
        std::pair{ElementType::kBfloat16, at::kBFloat16}}) {
    at::Tensor image, ids, mask;
    std::vector<std::uint64_t> samples;
    {
      dsprep::cuda::GpuLoader loader(
          dsprep::test::pictures(16), {.batch_size = 8, .shuffle = true},
          {.device = device,
           .slots = 2,
           .transforms = {dsprep::cuda::PixelOptions{.type = type, .mean = {}, .std = {1, 1, 1}},
                          dsprep::cuda::TokenOptions{}}});
      dsprep::cuda::GpuEpoch epoch = loader.epoch(0);
      const std::optional<dsprep::cuda::DeviceBatch> batch = epoch.next();
      samples.assign(batch->samples().begin(), batch->samples().end());
      image = dsprep::torch::tensor(memory_of(*batch, (*batch)["image"]));
      ids = dsprep::torch::tensor(memory_of(*batch, (*batch)["input_ids"]));
      mask = dsprep::torch::tensor(memory_of(*batch, (*batch)["attention_mask"]));
      (void)epoch.next();  // in the other slot
      dsprep::cuda::synchronize(*device, nullptr);
    }
    CHECK(is(image, torch_type));
    CHECK(image.sizes() == at::IntArrayRef({8, 3, 6, 8}));
    CHECK(is(ids, at::kLong));
    CHECK(is(mask, at::kBool));
    CHECK(ids.masked_fill(mask, 0).abs().sum().item<std::int64_t>() == 0);  // padding is 0
    // The same pictures through the plain loader, whose bytes are all of 255.
    Loader plain(dsprep::test::pictures(16), {.batch_size = 8, .shuffle = true});
    Epoch host = plain.epoch(0);
    const Batch same = *host.next();
    CHECK(std::ranges::equal(same.samples(), samples));
    const at::Tensor bytes = dsprep::torch::tensor(same["image"]).permute({0, 3, 1, 2});
    CHECK((image.to(at::kFloat) * 255 - bytes).abs().max().item<float>() < 1.0F);
  }
}

}  // namespace
