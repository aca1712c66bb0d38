// Prints one line a case: XXH3-128 of pictures encoded, decoded, resized and encoded again.
// simd_equal.sh compares what it prints under libjpeg-turbo's different sets of instructions.
#include <cstdio>

#include "dsprep/resize.h"
#include "tests/support/pictures.h"

int main() {
  using namespace dsprep;
  std::printf("canary %s\n", to_hex(codec_canary().digest).c_str());
  std::vector<std::byte> bytes;
  for (const auto& [width, height] : {std::pair{64u, 48u}, {47u, 33u}, {201u, 155u}, {1u, 1u}}) {
    for (const auto& [h, v] : {std::pair{1, 1}, {2, 1}, {2, 2}, {1, 2}}) {
      for (const bool progressive : {false, true}) {
        const test::JpegSpec spec{.h = h, .v = v, .progressive = progressive};
        Hasher128 hasher;
        const Image image = decode_image(test::jpeg_of(test::noise(width, height, 3), spec));
        hasher.update(image.bytes());
        encode_jpeg(resize(image, 31, 17), {}, bytes);
        hasher.update(bytes);
        encode_jpeg(image, {.quality = 75, .subsampling = Subsampling::k444}, bytes);
        hasher.update(bytes);
        std::printf("%ux%u %d%d%d %s\n", width, height, h, v, progressive,
                    to_hex(hasher.value()).c_str());
      }
    }
  }
  return 0;
}
