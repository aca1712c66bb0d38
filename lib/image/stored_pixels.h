// StoredPixels: shows the pixels that readers will get of a picture while it is stored. One
// thread's.
#pragma once

#include <vector>

#include "dsprep/image_transform.h"
#include "lib/image/jpeg_coefficients.h"

namespace dsprep {

struct StoredPixels {
  PixelSink sink;
  JpegCoefficients coefficients;
  std::vector<std::uint8_t> rows;  // that are shown at once

  /// encode_jpeg(), and shows what decode_image() makes of the result.
  void encode_jpeg(const Image& image, const JpegOptions& options, std::vector<std::byte>& out);
  /// The pixels of an image that is stored without loss, as RGB.
  void show_rgb(const Image& image);
};

}  // namespace dsprep
