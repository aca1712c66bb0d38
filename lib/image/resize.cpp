// Resizing: two passes with bytes between them. Lanczos' lobes are clipped between the passes, so
// that their order shows: it is that of Pillow 13.
#include "dsprep/resize.h"

#include <algorithm>
#include <cstring>

#include "dsprep/error.h"
#include "lib/image/codec.h"
#include "lib/image/resize_passes.h"

namespace dsprep {
namespace {

// A rectangle of rows in memory: the pixel at its left top, and the bytes from row to row.
struct View {
  const std::uint8_t* pixels;
  std::size_t stride;
};

class Resizer {
 public:
  Resizer(const Image& in, const ResizePlan& plan, Filter filter, ResizeScratch& scratch,
          Image& out)
      : in_(in),
        across_(make_weights(in.width, plan.scaled_width, plan.crop_x, plan.crop_width, filter)),
        down_(make_weights(in.height, plan.scaled_height, plan.crop_y, plan.crop_height, filter)),
        scratch_(scratch),
        out_(out) {
    out.reshape(plan.crop_width, plan.crop_height, in.channels);
  }

  void columns_first() {
    const std::uint32_t begin = down_.source_begin();
    const std::uint32_t rows = down_.source_end() - begin;
    std::vector<std::uint8_t>& between = scratch_.between;
    between.resize(out_.row_bytes() * rows);
    squeeze({in_.row(begin), in_.row_bytes()}, 0, in_.width, rows, between.data());
    blend({between.data(), out_.row_bytes()}, begin, out_.row_bytes(), out_.pixels.data());
  }

  void rows_first() {
    const std::uint32_t begin = across_.source_begin();
    const std::uint32_t width = across_.source_end() - begin;
    const std::size_t bytes = std::size_t{width} * in_.channels;
    std::vector<std::uint8_t>& between = scratch_.between;
    between.resize(bytes * out_.height);
    blend({in_.pixels.data() + std::size_t{begin} * in_.channels, in_.row_bytes()}, 0, bytes,
          between.data());
    squeeze({between.data(), bytes}, begin, width, out_.height, out_.pixels.data());
  }

 private:
  // The vertical pass. `from` begins at source row `origin`.
  void blend(View from, std::uint32_t origin, std::size_t bytes, std::uint8_t* to) const {
    for (std::uint32_t y = 0; y < out_.height; ++y, to += bytes) {
      const std::uint8_t* rows = from.pixels + (down_.first[y] - origin) * from.stride;
      blend_rows(rows, from.stride, down_.of(y), down_.taps, bytes, to);
    }
  }

  // The horizontal pass. `from` begins at source column `origin` and has `width` of them.
  void squeeze(View from, std::uint32_t origin, std::uint32_t width, std::uint32_t rows,
               std::uint8_t* to) const {
    for (std::uint32_t y = 0; y < rows; ++y, to += out_.row_bytes()) {
      const std::uint8_t* row = from.pixels + y * from.stride;
      if (in_.channels == 1) {
        squeeze_row_gray(row, origin, across_, to);
      } else if (y + 1 < rows) {
        squeeze_row_rgb(row, origin, across_, to);
      } else {  // nothing may be read behind the last row: a copy with room
        scratch_.row.resize(std::size_t{width} * 3 + 1);
        std::memcpy(scratch_.row.data(), row, std::size_t{width} * 3);
        squeeze_row_rgb(scratch_.row.data(), origin, across_, to);
      }
    }
  }

  const Image& in_;
  ResizeWeights across_;
  ResizeWeights down_;
  ResizeScratch& scratch_;
  Image& out_;
};

// Box and triangle give the same within rounding in either order: the one with less work. Lanczos
// takes Pillow's order.
bool rows_come_first(const Image& in, const ResizePlan& plan, Filter filter) {
  if (filter != Filter::kLanczos) return plan.crop_height < in.height;
  const auto fewer = [](std::uint32_t from, std::uint32_t to) { return std::int64_t{from} - to; };
  const std::int64_t rows = fewer(in.height, plan.scaled_height);
  return rows > 0 && rows > 2 * fewer(in.width, plan.scaled_width);
}

void scale(const Image& in, const ResizePlan& plan, Filter filter, ResizeScratch& scratch,
           Image& out) {
  if (plan.scaled_width == in.width && plan.scaled_height == in.height &&
      plan.crop_width == in.width && plan.crop_height == in.height) {
    out = in;
    return;
  }
  Resizer resizer(in, plan, filter, scratch, out);
  if (rows_come_first(in, plan, filter)) {
    resizer.rows_first();
  } else {
    resizer.columns_first();
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
