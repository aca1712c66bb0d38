#include "lib/image/resample.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/image/jpeg_reader.h"
#include "lib/image/orient.h"
#include "lib/image/row_resizer.h"

namespace dsprep {
namespace {

// Pixels that must be left for each pixel of the result after a reduced decode.
constexpr std::uint64_t kOversampling = 2;
constexpr std::uint32_t kRowsAtOnce = 8;

// Where a box lies in the picture that is decoded at `eighths` / 8: exactly, not at rounded sizes.
SourceSpan scaled_span(std::uint32_t begin, std::uint32_t length, unsigned eighths,
                       std::uint32_t side) noexcept {
  if (eighths == 8) return SourceSpan::of(begin, length);
  SourceSpan span;
  span.origin = begin * (eighths / 8.0);
  span.length = length * (eighths / 8.0);
  const std::uint64_t last = (std::uint64_t{begin} + length) * eighths;
  span.begin = static_cast<std::uint32_t>(std::uint64_t{begin} * eighths / 8);
  span.end = std::min(static_cast<std::uint32_t>((last + 7) / 8), side);
  return span;
}

struct Axes {
  ResizeWeights across;
  ResizeWeights down;
  bool rows_first = false;
};

Axes axes_of(const SourceSpan& columns, const SourceSpan& rows, const Resample& resample) {
  ResizePlan plan;
  plan.scaled_width = resample.scaled_width;
  plan.scaled_height = resample.scaled_height;
  return {
      make_weights(columns, resample.scaled_width, resample.window.x, resample.window.width,
                   resample.filter),
      make_weights(rows, resample.scaled_height, resample.window.y, resample.window.height,
                   resample.filter),
      rows_come_first(columns.end - columns.begin, rows.end - rows.begin, plan, resample.filter)};
}

bool keeps_size(const Resample& resample) noexcept {
  return resample.scaled_width == resample.source.width &&
         resample.scaled_height == resample.source.height;
}

// The columns that are needed of a picture of `width`, with what the cut sides lack.
Columns columns_for(const ResizeWeights& across, std::uint32_t width) noexcept {
  constexpr std::uint32_t kMargin = JpegReader::kCropMargin;
  const std::uint32_t begin = across.source_begin();
  const std::uint32_t end = std::min(across.source_end() + kMargin, width);
  const std::uint32_t from = begin > kMargin ? begin - kMargin : 0;
  return {from, end - from};
}

// Feeds rows of the reader to the resizer through a ring that holds as many as it looks back on.
void stream(JpegReader& reader, std::uint32_t rows, RowResizer& resizer,
            std::vector<std::uint8_t>& ring) {
  const std::size_t stride =
      (std::size_t{reader.width()} * reader.channels() + ResizeKernels::kSlack + 63) / 64 * 64;
  const std::uint32_t slots = (resizer.keeps() + 2 * kRowsAtOnce - 1) / kRowsAtOnce * kRowsAtOnce;
  ring.resize(stride * slots);
  for (std::uint32_t y = 0; y < rows; y += kRowsAtOnce) {
    const std::uint32_t count = std::min(kRowsAtOnce, rows - y);
    std::uint8_t* const first = ring.data() + stride * (y % slots);
    reader.read(first, stride, count);
    for (std::uint32_t i = 0; i < count; ++i) resizer.push(first + i * stride);
  }
}

void decode_jpeg_resampled(Bytes bytes, const DecodeOptions& options, ImageInfo& info,
                           const Resample& resample, bool whole, ResampleMemory& memory,
                           Image& out) {
  JpegReader reader(bytes, options);
  const unsigned eighths = dct_eighths(resample);
  reader.start(eighths);
  const auto scaled = [eighths](std::uint32_t side) { return (side * eighths + 7) / 8; };
  if (reader.width() != scaled(info.width) || reader.height() != scaled(info.height)) {
    throw Error(ErrorCode::kCorrupt, "JPEG: the decoder sees another size than the header check");
  }
  const Box& box = resample.source;
  const Axes axes = axes_of(scaled_span(box.x, box.width, eighths, reader.width()),
                            scaled_span(box.y, box.height, eighths, reader.height()), resample);
  const Columns wanted = columns_for(axes.across, reader.width());
  Columns columns{0, reader.width()};
  if (wanted.count < reader.width() && reader.can_crop()) columns = reader.crop(wanted);
  reader.skip(axes.down.source_begin());
  RowResizer resizer(axes.across, axes.down, axes.rows_first, columns.begin, reader.channels(),
                     memory.scratch, out);
  stream(reader, axes.down.source_end() - axes.down.source_begin(), resizer, memory.ring);
  if (whole) reader.finish();
  reader.faults().count_into(info);
}

void decode_stored(Bytes bytes, const DecodeOptions& options, ImageInfo& info,
                   const Resample& resample, bool whole, ResampleMemory& memory, Image& out) {
  if (info.format == ImageFormat::kJpeg && !keeps_size(resample)) {
    return decode_jpeg_resampled(bytes, options, info, resample, whole, memory, out);
  }
  DecodeOptions as_stored = options;
  as_stored.apply_orientation = false;
  Image& decoded = memory.decoded;
  info = memory.decoder.decode(bytes, as_stored, decoded);
  resample_pixels(decoded.pixels.data(), decoded.row_bytes(), decoded.channels, resample,
                  memory.scratch, out);
}

}  // namespace

unsigned dct_eighths(const Resample& resample) noexcept {
  for (const unsigned eighths : {1U, 2U, 4U}) {
    const std::uint64_t needed = kOversampling * 8 / eighths;
    if (resample.source.width >= needed * resample.scaled_width &&
        resample.source.height >= needed * resample.scaled_height) {
      return eighths;
    }
  }
  return 8;
}

Resample resample_of(std::uint32_t width, std::uint32_t height, const ResizePlan& plan,
                     Filter filter) noexcept {
  return {{0, 0, width, height},
          plan.scaled_width,
          plan.scaled_height,
          {plan.crop_x, plan.crop_y, plan.crop_width, plan.crop_height},
          filter};
}

Resample before_turn(const Resample& resample, std::uint8_t orientation, std::uint32_t width,
                     std::uint32_t height) noexcept {
  // Which sides of the stored picture the upright one counts from: mirrored left to right, top to
  // bottom; and whether its rows are columns.
  struct Turn {
    bool swap;
    bool from_right;
    bool from_bottom;
  };
  constexpr Turn kTurns[] = {{},
                             {},
                             {false, true, false},
                             {false, true, true},
                             {false, false, true},
                             {true, false, false},
                             {true, false, true},
                             {true, true, true},
                             {true, true, false}};
  const Turn turn = kTurns[orientation];
  Resample stored = resample;
  const auto place = [&turn](const Box& box, std::uint32_t w, std::uint32_t h) {
    Box placed = box;
    if (turn.swap) placed = {box.y, box.x, box.height, box.width};
    if (turn.from_right) placed.x = w - placed.x - placed.width;
    if (turn.from_bottom) placed.y = h - placed.y - placed.height;
    return placed;
  };
  if (turn.swap) std::swap(stored.scaled_width, stored.scaled_height);
  stored.source = place(resample.source, width, height);
  stored.window = place(resample.window, stored.scaled_width, stored.scaled_height);
  return stored;
}

void resample_pixels(const std::uint8_t* pixels, std::size_t stride, std::uint32_t channels,
                     const Resample& resample, ResizeScratch& scratch, Image& out) {
  const Box& box = resample.source;
  if (keeps_size(resample)) {
    out.reshape(resample.window.width, resample.window.height, channels);
    const std::size_t skip = (std::size_t{box.x} + resample.window.x) * channels;
    for (std::uint32_t y = 0; y < out.height; ++y) {
      std::copy_n(pixels + (box.y + resample.window.y + y) * stride + skip, out.row_bytes(),
                  out.row(y));
    }
    return;
  }
  const Axes axes =
      axes_of(SourceSpan::of(box.x, box.width), SourceSpan::of(box.y, box.height), resample);
  RowResizer resizer(axes.across, axes.down, axes.rows_first, axes.across.source_begin(), channels,
                     scratch, out);
  // The horizontal pass reads behind a row: its input is copied to where it may. A blended row
  // stands there anyway.
  const std::size_t skip = std::size_t{axes.across.source_begin()} * channels;
  const std::size_t bytes =
      std::size_t{axes.across.source_end() - axes.across.source_begin()} * channels;
  std::vector<std::uint8_t> copy(axes.rows_first ? 0 : bytes + ResizeKernels::kSlack);
  for (std::uint32_t y = axes.down.source_begin(); y < axes.down.source_end(); ++y) {
    const std::uint8_t* row = pixels + y * stride + skip;
    if (!axes.rows_first) row = std::copy_n(row, bytes, copy.data()) - bytes;
    resizer.push(row);
  }
}

void decode_resampled(Bytes bytes, const DecodeOptions& options, ImageInfo& info,
                      const Resample& upright, bool whole, ResampleMemory& memory, Image& out) {
  const Resample resample = before_turn(upright, info.orientation, info.width, info.height);
  Image& stored = info.orientation == 1 ? out : memory.turned;
  decode_stored(bytes, options, info, resample, whole, memory, stored);
  if (info.orientation != 1) orient(stored, info.orientation, out);
}

}  // namespace dsprep
