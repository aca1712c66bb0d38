#include "lib/image/row_resizer.h"

#include <algorithm>

#include "lib/image/resize_wide.h"

namespace dsprep {

bool rows_come_first(std::uint32_t width, std::uint32_t height, const ResizePlan& plan,
                     Filter filter) noexcept {
  if (filter != Filter::kLanczos) return plan.scaled_height < height;
  const auto fewer = [](std::uint32_t from, std::uint32_t to) { return std::int64_t{from} - to; };
  const std::int64_t rows = fewer(height, plan.scaled_height);
  return rows > 0 && rows > 2 * fewer(width, plan.scaled_width);
}

RowResizer::RowResizer(const ResizeWeights& across, const ResizeWeights& down, bool rows_first,
                       std::uint32_t origin, std::uint32_t channels, ResizeScratch& scratch,
                       Image& out)
    : kernels_(resize_kernels().back()),
      across_(across),
      down_(down),
      rows_first_(rows_first),
      origin_(origin),
      scratch_(scratch),
      out_(out),
      next_in_(down.source_begin()),
      recent_(down.taps),
      rows_(down.taps) {
  out.reshape(static_cast<std::uint32_t>(across.size()), static_cast<std::uint32_t>(down.size()),
              channels);
  const std::size_t blended =
      std::size_t{across.source_end() - across.source_begin()} * channels + ResizeKernels::kSlack;
  scratch.row.resize(rows_first ? blended : 0);
  scratch.between.resize(rows_first ? 0 : out.row_bytes() * down.taps);
}

void RowResizer::squeeze(const std::uint8_t* row, std::uint32_t origin, std::uint8_t* out) const {
  if (!across_.wide.empty()) return squeeze_wide(row, origin, across_, out_.channels, out);
  const auto pass = out_.channels == 1 ? kernels_.squeeze_gray : kernels_.squeeze_rgb;
  pass(row, origin, across_, out);
}

const std::uint8_t* RowResizer::squeezed(const std::uint8_t* row) {
  std::uint8_t* to = scratch_.between.data() + out_.row_bytes() * (next_in_ % down_.taps);
  squeeze(row, origin_, to);
  return to;
}

void RowResizer::push(const std::uint8_t* row) {
  recent_[next_in_ % down_.taps] = rows_first_ ? row : squeezed(row);
  ++next_in_;
  while (next_out_ < out_.height) {
    const std::uint32_t needed = std::min(down_.first[next_out_] + down_.taps, down_.source_end());
    if (needed > next_in_) return;
    emit();
    ++next_out_;
  }
}

void RowResizer::blend(std::size_t bytes, std::uint8_t* out) const {
  if (!down_.wide.empty()) {
    const std::int32_t* weights = down_.wide.data() + std::size_t{next_out_} * down_.taps;
    return blend_wide(rows_.data(), weights, down_.taps, bytes, out);
  }
  const std::int16_t* weights = down_.of(next_out_);
  std::uint32_t taps = down_.taps;
  while (taps > 2 && weights[taps - 1] == 0 && weights[taps - 2] == 0) taps -= 2;
  kernels_.blend(rows_.data(), weights, taps, down_.bits, bytes, out);
}

void RowResizer::emit() {
  const std::uint32_t first = down_.first[next_out_];
  for (std::uint32_t j = 0; j < down_.taps; ++j) {
    // taps behind the last row weigh nothing: any row will do
    rows_[j] = recent_[std::min(first + j, next_in_ - 1) % down_.taps];
  }
  std::uint8_t* out = out_.row(next_out_);
  if (!rows_first_) {
    blend(out_.row_bytes(), out);
    return;
  }
  const std::uint32_t begin = across_.source_begin();
  const std::size_t skip = std::size_t{begin - origin_} * out_.channels;
  for (const std::uint8_t*& row : rows_) row += skip;
  const std::size_t bytes = std::size_t{across_.source_end() - begin} * out_.channels;
  blend(bytes, scratch_.row.data());
  squeeze(scratch_.row.data(), begin, out);
}

}  // namespace dsprep
