// libFuzzer: any bytes are a picture or an Error, whole, row by row or augmented, and what decodes
// can be resized and encoded. Content decides, so that one fuzzer is for all formats: give it a
// corpus with some of each.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>

#include "dsprep/augment.h"
#include "dsprep/error.h"
#include "dsprep/image_rows.h"
#include "dsprep/image_transform.h"

namespace {

using namespace dsprep;

// Rows are those of the whole picture, or end with the same class of error.
void read_rows(Bytes bytes) {
  const DecodeOptions options{.limits = {.max_pixels = 1 << 18}};
  Image whole;
  std::vector<std::uint8_t> pixels;
  std::optional<ErrorCode> expected, got;
  try {
    whole = decode_image(bytes, options);
  } catch (const Error& error) {
    expected = error.code();
  }
  try {
    ImageRows rows(bytes, options);
    pixels.resize(rows.row_bytes() * rows.height());
    const std::size_t half = rows.height() / 2 * rows.row_bytes();
    rows.read({pixels.data(), half});
    rows.read({pixels.data() + half, pixels.size() - half});
  } catch (const Error& error) {
    got = error.code();
  }
  if (expected != got || (!got && pixels != whole.pixels)) std::abort();
}

void augment(Bytes bytes) {
  static const ImageAugment augment({.width = 16, .height = 8, .max_pixels = 1 << 18});
  static AugmentWorkspace workspace;
  std::vector<std::byte> out(augment.output().row_bytes());
  try {
    augment.apply(bytes, {.position = bytes.size()}, workspace, out);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) throw;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dsprep;
  static ImageWorkspace workspace;
  static const ImageTransform keep(ImageOptions{});
  static const ImageTransform small(
      {.resize = ResizeSpec{16, 12}, .encode = ImageEncode::kJpeg, .max_pixels = 1 << 18});
  const Bytes bytes = std::as_bytes(std::span(data, size));
  for (const ImageTransform* transform : {&keep, &small}) {
    try {
      (void)transform->apply(bytes, workspace);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInternal) throw;
    }
  }
  read_rows(bytes);
  augment(bytes);
  return 0;
}
