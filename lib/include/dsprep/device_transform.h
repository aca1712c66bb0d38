// What is made of a batch on the device: the small types travel (uint8, uint16), and become there
// what a network wants. On the stand-in the same code runs on the processor: the same bits.
//
// Arithmetic: floats are made as value * gain + offset with gain = float(1 / (255 std)), offset =
// float(-mean / std), rounded after the product and after the sum, as dsprep/augment.h has it;
// float16 and bfloat16 are that float32, rounded to nearest even. So for all three the results of
// GPU and processor are equal bit by bit, without tolerance.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "dsprep/augment.h"
#include "dsprep/schema.h"

namespace dsprep::cuda {

/// Elements of a tensor on a device: those of DType, and bfloat16, which no file has.
enum class ElementType : std::uint8_t {
  kBool,
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kUint64,
  kInt64,
  kFloat16,
  kFloat32,
  kFloat64,
  kBfloat16,
};
ElementType element_type(DType dtype) noexcept;
std::size_t element_size(ElementType type) noexcept;
std::string_view element_name(ElementType type) noexcept;  ///< "bfloat16"

enum class TensorLayout : std::uint8_t { kNchw, kNhwc };

/// How pictures come to one size.
enum class DeviceCrop : std::uint8_t {
  kNone,           ///< they have it already; every picture has the same shape
  kRandomResized,  ///< RandomResizedCrop(width x height, scale, ratio), as ImageAugment draws it
  kCenter,         ///< Resize(shorter) and CenterCrop(width x height)
};

/// Raw uint8 pictures (H, W, C) or (H, W), of 1 or 3 channels, become (B, C, height, width) or (B,
/// height, width, C) of floats. Resizing is bilinear and antialiased, the exact rational weights
/// rounded once to 8 bits (within one level of Pillow). The field's own tensors (NAME,
/// NAME_offsets, NAME_shapes) are not in the batch any more. Rows of bad samples are 0.
struct PixelOptions {
  std::string field = "image";               ///< also the name of the result
  ElementType type = ElementType::kFloat32;  ///< kFloat32, kFloat16 or kBfloat16
  TensorLayout layout = TensorLayout::kNchw;
  std::array<float, 3> mean = {0.485F, 0.456F, 0.406F};  ///< of values from 0 to 1
  std::array<float, 3> std = {0.229F, 0.224F, 0.225F};
  double flip = 0;  ///< chance of a horizontal flip
  DeviceCrop crop = DeviceCrop::kNone;
  std::uint32_t width = 224;  ///< of the result, unless kNone
  std::uint32_t height = 224;
  std::array<double, 2> scale = {0.08, 1.0};         ///< kRandomResized
  std::array<double, 2> ratio = {3.0 / 4, 4.0 / 3};  ///< kRandomResized
  std::uint32_t shorter = 256;                       ///< kCenter
};

/// Integers become `type`, in rows of one length. From a ragged field of rank 1, or one of fixed
/// length. Makes what pad() makes, bit by bit: NAME (B, L), lengths (B, int64), attention_mask (B,
/// L, bool), and `targets` (B, L) on demand. With `shift` what next_token() makes of n + 1 tokens:
/// NAME and targets, (B, n) each.
struct TokenOptions {
  std::string field = "tokens";
  std::string name = {};                   ///< empty: input_ids for "tokens", else the field's
  ElementType type = ElementType::kInt64;  ///< kInt64 or kInt32
  std::int64_t pad = 0;
  std::uint64_t length = 0;  ///< of each row; longer samples are an error. 0: the longest's
  std::uint64_t multiple = 1;
  bool targets = false;  ///< the next token, -100 where there is none
  bool shift = false;    ///< a field of fixed length n + 1: no lengths, no mask
};

using DeviceTransform = std::variant<PixelOptions, TokenOptions>;

}  // namespace dsprep::cuda
