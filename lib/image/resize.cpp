// Resizing of pictures that stand in memory.
#include "dsprep/resize.h"

#include <algorithm>
#include <cstring>

#include "dsprep/error.h"
#include "lib/image/codec.h"
#include "lib/image/row_resizer.h"

namespace dsprep {
namespace {

void scale(const Image& in, const ResizePlan& plan, Filter filter, ResizeScratch& scratch,
           Image& out) {
  if (plan.scaled_width == in.width && plan.scaled_height == in.height &&
      plan.crop_width == in.width && plan.crop_height == in.height) {
    out = in;
    return;
  }
  const ResizeWeights across = make_weights(SourceSpan::of(0, in.width), plan.scaled_width,
                                            plan.crop_x, plan.crop_width, filter);
  const ResizeWeights down = make_weights(SourceSpan::of(0, in.height), plan.scaled_height,
                                          plan.crop_y, plan.crop_height, filter);
  const bool rows_first = rows_come_first(in.width, in.height, plan, filter);
  RowResizer resizer(across, down, rows_first, 0, in.channels, scratch, out);
  // The horizontal pass reads behind a row: its input is copied to where it may. A blended row
  // stands there anyway.
  std::vector<std::uint8_t> copy(rows_first ? 0 : in.row_bytes() + ResizeKernels::kSlack);
  for (std::uint32_t y = down.source_begin(); y < down.source_end(); ++y) {
    const std::uint8_t* row = in.row(y);
    if (!rows_first) row = std::copy_n(row, in.row_bytes(), copy.data()) - in.row_bytes();
    resizer.push(row);
  }
}

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

void resize(const Image& in, const ResizePlan& plan, Filter filter, const Rgb& background,
            ResizeScratch& scratch, Image& out) {
  require_pixels(in);
  if (plan.crop_width == plan.width && plan.crop_height == plan.height) {
    scale(in, plan, filter, scratch, out);
    return;
  }
  Image& window = scratch.window;
  scale(in, plan, filter, scratch, window);
  out.reshape(plan.width, plan.height, in.channels);
  fill(out, background);
  for (std::uint32_t y = 0; y < window.height; ++y) {
    std::memcpy(out.row(plan.paste_y + y) + std::size_t{plan.paste_x} * in.channels, window.row(y),
                window.row_bytes());
  }
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
