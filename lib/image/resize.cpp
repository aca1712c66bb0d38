// Resizing of pictures that stand in memory.
#include "dsprep/resize.h"

#include <algorithm>
#include <cstring>

#include "dsprep/error.h"
#include "lib/image/codec.h"
#include "lib/image/resample.h"

namespace dsprep {
namespace {

void fill(Image& image, const Rgb& color) {
  if (image.channels == 1) {
    std::ranges::fill(image.pixels, luma(color[0], color[1], color[2]));
    return;
  }
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    std::ranges::copy(color, image.pixels.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace

bool needs_canvas(const ResizePlan& plan) noexcept {
  return plan.crop_width != plan.width || plan.crop_height != plan.height;
}

void put_on_canvas(const Image& window, const ResizePlan& plan, const Rgb& background, Image& out) {
  out.reshape(plan.width, plan.height, window.channels);
  fill(out, background);
  for (std::uint32_t y = 0; y < window.height; ++y) {
    std::memcpy(out.row(plan.paste_y + y) + std::size_t{plan.paste_x} * window.channels,
                window.row(y), window.row_bytes());
  }
}

void resize(const Image& in, const ResizePlan& plan, Filter filter, const Rgb& background,
            ResizeScratch& scratch, Image& out) {
  require_pixels(in);
  const bool canvas = needs_canvas(plan);
  resample_pixels(in.pixels.data(), in.row_bytes(), in.channels,
                  resample_of(in.width, in.height, plan, filter), scratch,
                  canvas ? scratch.window : out);
  if (canvas) put_on_canvas(scratch.window, plan, background, out);
}

Image resize(const Image& in, std::uint32_t width, std::uint32_t height, Filter filter) {
  if (width == 0 || height == 0) throw Error(ErrorCode::kUsage, "a size of 0 to resize to");
  Image out;
  ResizeScratch scratch;
  const ResizePlan plan = plan_resize(in.width, in.height, {width, height}, Fit::kStretch);
  resize(in, plan, filter, {}, scratch, out);
  return out;
}

}  // namespace dsprep
