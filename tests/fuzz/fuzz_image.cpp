// libFuzzer: any bytes are a picture or an Error, and what decodes can be resized and encoded.
#include <cstddef>
#include <cstdint>
#include <span>

#include "dsprep/error.h"
#include "dsprep/image_transform.h"

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
  return 0;
}
