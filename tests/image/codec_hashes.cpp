// Prints one line a case: XXH3-128 of pictures encoded, decoded, resized and encoded again.
// simd_equal.sh compares what it prints under libjpeg-turbo's different sets of instructions.
#include <cstdio>

#include "dsprep/augment.h"
#include "dsprep/image_transform.h"
#include "tests/support/pictures.h"

namespace {

using namespace dsprep;

// What ingest and the loader make of a picture: fused decoding, at full size and reduced.
void hash_pipelines(const std::vector<std::byte>& picture, Hasher128& hasher) {
  ImageWorkspace workspace;
  for (const ImageOptions& options :
       {ImageOptions{.resize = ResizeSpec{48, 0}},
        ImageOptions{.resize = ResizeSpec{24, 20}, .encode = ImageEncode::kRaw},
        ImageOptions{.resize = ResizeSpec{24, 20}, .encode = ImageEncode::kWebp}}) {
    hasher.update(ImageTransform(options).apply(picture, workspace).bytes);
  }
  const ImageAugment augment({.width = 32, .height = 32, .jitter = {0.4, 0.4, 0.4, 0.1}});
  AugmentWorkspace memory;
  std::vector<std::byte> out(augment.output().row_bytes());
  for (std::uint64_t i = 0; i < 8; ++i) {
    augment.apply(picture, {.seed = 1, .epoch = 1, .position = i}, memory, out);
    hasher.update(out);
  }
}

}  // namespace

int main() {
  std::printf("canary %s\n", to_hex(codec_canary().digest).c_str());
  std::vector<std::byte> bytes;
  for (const auto& [width, height] :
       {std::pair{64u, 48u}, {47u, 33u}, {201u, 155u}, {1u, 1u}, {700u, 500u}}) {
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
        hash_pipelines(test::jpeg_of(test::noise(width, height, 3), spec), hasher);
        std::printf("%ux%u %d%d%d %s\n", width, height, h, v, progressive,
                    to_hex(hasher.value()).c_str());
      }
    }
  }
  return 0;
}
