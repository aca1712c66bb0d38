#include "lib/image/stored_pixels.h"

#include <algorithm>

#include "lib/image/jpeg_reader.h"

namespace dsprep {
namespace {

constexpr std::uint32_t kRowsAtOnce = 16;  // an MCU has no more; they stay in the nearest cache

}  // namespace

void StoredPixels::encode_jpeg(const Image& image, const JpegOptions& options,
                               std::vector<std::byte>& out) {
  dsprep::encode_jpeg(image, options, out, coefficients);
  JpegReader reader(out, {});
  reader.start(coefficients);
  const std::size_t row_bytes = std::size_t{reader.width()} * reader.channels();
  rows.resize(row_bytes * kRowsAtOnce);
  while (reader.next_row() < reader.height()) {
    const std::uint32_t count = std::min(kRowsAtOnce, reader.height() - reader.next_row());
    reader.read(rows.data(), row_bytes, count);
    sink(std::span(rows).first(row_bytes * count));
  }
}

void StoredPixels::show_rgb(const Image& image) {
  if (image.channels == 3) return sink(image.pixels);
  rows.resize(image.row_bytes() * 3);
  for (std::uint32_t y = 0; y < image.height; ++y) {
    const std::uint8_t* const row = image.row(y);
    for (std::uint32_t x = 0; x < image.width; ++x)
      std::fill_n(&rows[x * std::size_t{3}], 3, row[x]);
    sink(rows);
  }
}

}  // namespace dsprep
