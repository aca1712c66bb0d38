// augment_draws PICTURE POSITIONS [eval]: what the loader's augmentation makes of a picture at
// positions 0, 1, …, for compare_torchvision.py. A line each: box (x y width height), flip, the
// order of the colour steps and their values; then, in a file POSITION.u8 each, the pixels before
// normalising (height x width x 3), and in POSITION.f32 the normalised ones (3 x height x width).
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "dsprep/augment.h"
#include "lib/image/augment_draw.h"
#include "lib/image/color_jitter.h"
#include "lib/image/exact_math.h"

namespace {

using namespace dsprep;

constexpr std::uint64_t kJitterStream = 2;  // see dsprep/augment.h

void write(const std::string& name, const ImageAugment& augment, Bytes picture,
           const DrawKey& key) {
  AugmentWorkspace workspace;
  std::vector<std::byte> out(augment.output().row_bytes());
  augment.apply(picture, key, workspace, out);
  std::ofstream(name, std::ios::binary)
      .write(reinterpret_cast<const char*>(out.data()), static_cast<std::streamsize>(out.size()));
}

void print_draws(const AugmentOptions& options, const ImageInfo& info, const DrawKey& key) {
  const std::array<double, 2> log_ratio = {exact_log(options.ratio[0]),
                                           exact_log(options.ratio[1])};
  const Box box = augment_resample(info.width, info.height, options, log_ratio, key).source;
  std::printf("%u %u %u %u %d", box.x, box.y, box.width, box.height, augment_flip(options, key));
  Draw draw(key, kJitterStream);
  const JitterPlan plan = draw_jitter(options.jitter, draw);
  for (const JitterStep step : plan.order) std::printf(" %d", static_cast<int>(step));
  for (const double value : plan.value) std::printf(" %.17g", value);
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: augment_draws PICTURE POSITIONS [eval]\n"), 2;
  std::ifstream in(argv[1], std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const Bytes picture = as_bytes(text);
  AugmentOptions options{.jitter = {0.4, 0.4, 0.4, 0.1}};
  if (argc > 3) options = {.crop = CropMode::kCenter, .flip = 0};
  AugmentOptions bytes = options;
  bytes.layout = PixelLayout::kByteHwc;
  const ImageInfo info = inspect_image(picture);
  const std::uint64_t positions = std::strtoull(argv[2], nullptr, 10);
  for (std::uint64_t i = 0; i < positions; ++i) {
    const DrawKey key{.seed = 5, .epoch = 2, .position = i};
    print_draws(options, info, key);
    if (i >= 40) continue;
    write(std::to_string(i) + ".u8", ImageAugment(bytes), picture, key);
    write(std::to_string(i) + ".f32", ImageAugment(options), picture, key);
  }
  return 0;
}
