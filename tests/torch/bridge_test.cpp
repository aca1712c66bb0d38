// dsprep/torch.h against LibTorch itself. Built where LibTorch is found.
#include <doctest/doctest.h>

#include <array>

#include "dsprep/torch.h"

namespace {

using dsprep::DType;

template <class T>
dsprep::Tensor tensor_of(const std::array<T, 4>& values) {
  return {.name = "x",
          .dtype = *dsprep::kDTypeOf<T>,
          .shape = {2, 2},
          .encoding = {},
          .bytes = std::as_bytes(std::span(values))};
}

TEST_CASE_TEMPLATE("a tensor keeps its elements, shape and dtype", T, std::uint8_t, std::int8_t,
                   std::int16_t, std::int32_t, std::int64_t, float, double) {
  const std::array<T, 4> values = {T(1), T(2), T(3), T(100)};
  const at::Tensor out = dsprep::torch::to_tensor(tensor_of(values));
  CHECK(out.scalar_type() == c10::CppTypeToScalarType<T>::value);
  REQUIRE(out.sizes() == at::IntArrayRef({2, 2}));
  CHECK(std::equal(values.begin(), values.end(), out.template data_ptr<T>()));
}

TEST_CASE("token ids are widened without a change of value") {
  const std::array<std::uint16_t, 4> small = {0, 1, 40000, 65535};
  const at::Tensor narrow = dsprep::torch::to_tensor(tensor_of(small));
  CHECK(narrow.scalar_type() == at::kInt);
  CHECK(narrow[1][1].item<std::int64_t>() == 65535);
  const std::array<std::uint32_t, 4> large = {0, 1, 2, 0xFFFFFFFF};
  CHECK(dsprep::torch::to_tensor(tensor_of(large))[1][1].item<std::int64_t>() == 0xFFFFFFFF);
}

TEST_CASE("the result owns its elements") {
  std::array<float, 4> values = {1, 2, 3, 4};
  const at::Tensor out = dsprep::torch::to_tensor(tensor_of(values));
  values[0] = 9;
  CHECK(out[0][0].item<float>() == 1);
}

TEST_CASE("uint64 is refused by name") {
  const std::array<std::uint64_t, 4> values = {};
  CHECK_THROWS_WITH_AS(dsprep::torch::to_tensor(tensor_of(values)), doctest::Contains("uint64"),
                       dsprep::Error);
}

}  // namespace
