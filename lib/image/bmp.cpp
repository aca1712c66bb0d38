// BMP of Windows and OS/2: 1 to 32 bits a pixel, palettes, bit fields, RLE4 and RLE8. Pixels that
// an RLE picture leaves out have the first colour. An alpha channel counts where bit fields name
// one and not all of it is 0.
#include <algorithm>
#include <bit>
#include <cstring>

#include "lib/image/byte_reader.h"
#include "lib/image/row_converter.h"
#include "lib/image/row_source.h"

namespace dsprep {
namespace {

constexpr std::uint32_t kCoreHeader = 12;
constexpr std::uint32_t kInfoHeader = 40;
enum Compression : std::uint32_t { kPlain, kRle8, kRle4, kBitFields, kJpeg, kPng, kAlphaBitFields };

struct Header {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool top_down = false;
  std::uint32_t bits = 0;
  std::uint32_t compression = kPlain;
  std::uint32_t masks[4] = {};  // red, green, blue, alpha
  std::vector<Rgb> palette;
  std::size_t pixels_at = 0;

  bool run_lengths() const noexcept { return compression == kRle8 || compression == kRle4; }
  std::size_t stride() const noexcept { return (std::size_t{width} * bits + 31) / 32 * 4; }
  std::size_t row_bytes() const noexcept { return (std::size_t{width} * bits + 7) / 8; }
};

void read_sizes(ByteReader& reader, std::uint32_t size, Header& header) {
  const bool core = size == kCoreHeader;
  const std::uint32_t width = reader.little(core ? 2 : 4);
  const std::uint32_t height = reader.little(core ? 2 : 4);
  header.top_down = !core && height > INT32_MAX;
  header.width = width;
  header.height = header.top_down ? 0 - height : height;
  if (width == 0 || width > INT32_MAX || header.height == 0 || header.height > INT32_MAX) {
    reader.fail(ErrorCode::kCorrupt, "an impossible size");
  }
  reader.take(2);  // planes
  header.bits = reader.little(2);
}

void check_kind(const ByteReader& reader, const Header& header) {
  if (header.compression == kJpeg || header.compression == kPng ||
      header.compression > kAlphaBitFields) {
    reader.fail(ErrorCode::kUnsupportedFormat, "compression " + std::to_string(header.compression));
  }
  constexpr std::uint32_t kBits[] = {1, 2, 4, 8, 16, 24, 32};
  const bool fields = header.compression == kBitFields || header.compression == kAlphaBitFields;
  const bool fits = header.compression == kRle8   ? header.bits == 8
                    : header.compression == kRle4 ? header.bits == 4
                    : fields                      ? header.bits == 16 || header.bits == 32
                                                  : std::ranges::count(kBits, header.bits) != 0;
  if (!fits) reader.fail(ErrorCode::kCorrupt, std::to_string(header.bits) + " bits a pixel");
  if (header.run_lengths() && header.top_down) {
    reader.fail(ErrorCode::kCorrupt, "run lengths in a picture from the top");
  }
}

// Bit fields stand in a long header, or behind a short one.
void read_masks(ByteReader& reader, std::size_t begin, std::uint32_t size, Header& header) {
  const bool fields = header.compression == kBitFields || header.compression == kAlphaBitFields;
  if (!fields) {
    if (header.bits == 16) std::ranges::copy(std::array{0x7c00U, 0x3e0U, 0x1fU, 0U}, header.masks);
    if (header.bits == 32) {
      std::ranges::copy(std::array{0xff0000U, 0xff00U, 0xffU, 0U}, header.masks);
    }
    reader.go_to(begin + size);
    return;
  }
  reader.go_to(begin + kInfoHeader);
  const bool alpha = size >= 56 || header.compression == kAlphaBitFields;
  for (std::size_t i = 0; i < (alpha ? 4 : 3); ++i) header.masks[i] = reader.little(4);
  reader.go_to(std::max(begin + size, reader.at()));
  for (const std::uint32_t mask : header.masks) {
    const std::uint32_t low = mask == 0 ? 0 : mask >> std::countr_zero(mask);
    if ((low & (low + 1)) != 0) reader.fail(ErrorCode::kCorrupt, "bit fields with holes");
  }
}

void read_palette(ByteReader& reader, std::uint32_t entry_bytes, std::uint32_t used,
                  Header& header) {
  const std::uint32_t most = 1U << header.bits;
  std::uint32_t count = used == 0 || used > most ? most : used;
  if (header.pixels_at < reader.at()) reader.fail(ErrorCode::kCorrupt, "pixels inside the header");
  const std::size_t room = (header.pixels_at - reader.at()) / entry_bytes;
  count = static_cast<std::uint32_t>(std::min<std::size_t>(count, room));
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t color = reader.little(3);
    if (entry_bytes == 4) reader.take(1);
    header.palette.push_back({static_cast<std::uint8_t>(color >> 16),
                              static_cast<std::uint8_t>(color >> 8),
                              static_cast<std::uint8_t>(color)});
  }
  if (count == 0) reader.fail(ErrorCode::kCorrupt, "a palette without colours");
}

Header read_header(Bytes bytes, const ImageLimits& limits) {
  ByteReader reader("BMP", bytes, 10);
  Header header;
  header.pixels_at = reader.little(4);
  const std::size_t begin = reader.at();
  const std::uint32_t size = reader.little(4);
  read_sizes(reader, size, header);
  require_size(header.width, header.height, limits);
  std::uint32_t used = 0;
  if (size >= 20) header.compression = reader.little(4);
  if (size >= 36) {
    reader.go_to(begin + 32);
    used = reader.little(4);
  }
  check_kind(reader, header);
  read_masks(reader, begin, size, header);
  if (header.bits <= 8) read_palette(reader, size == kCoreHeader ? 3 : 4, used, header);
  if (header.pixels_at < reader.at()) reader.fail(ErrorCode::kCorrupt, "pixels inside the header");
  reader.go_to(header.pixels_at);
  const std::size_t needed = header.stride() * (header.height - 1) + header.row_bytes();
  if (!header.run_lengths() && reader.left() < needed) reader.ends_too_early();
  return header;
}

// The value of a bit field, scaled to 8 bits.
std::uint8_t field(std::uint32_t pixel, std::uint32_t mask) noexcept {
  if (mask == 0) return 0;
  const std::uint64_t most = mask >> std::countr_zero(mask);
  const std::uint64_t value = (pixel & mask) >> std::countr_zero(mask);
  return static_cast<std::uint8_t>((value * 255 + most / 2) / most);
}

class Decoder {
 public:
  Decoder(Bytes bytes, const DecodeOptions& options, Image& out)
      : header_(read_header(bytes, options.limits)), reader_("BMP", bytes, header_.pixels_at) {
    out.reshape(header_.width, header_.height, options.color == ColorMode::kGray ? 1 : 3);
    alpha_ = header_.masks[3] != 0 && has_alpha();
    const RowConverter converter(options, header_.width, alpha_ ? 4 : 3);
    row_.resize(std::size_t{header_.width} * 4);
    if (header_.run_lengths()) {
      indexes_.resize(std::size_t{header_.width} * header_.height);
      unpack_runs();
    }
    for (std::uint32_t y = 0; y < header_.height; ++y) {
      header_.bits <= 8 ? read_indexes(y) : read_colors();
      converter.convert(row_.data(), out.row(header_.top_down ? y : header_.height - 1 - y));
    }
  }

 private:
  Bytes next_row() {
    const Bytes row = reader_.take(header_.row_bytes());
    reader_.go_to(reader_.at() + std::min(reader_.left(), header_.stride() - row.size()));
    return row;
  }

  std::uint32_t pixel(Bytes row, std::uint32_t x) const noexcept {
    std::uint32_t value = 0;
    const std::size_t bytes = header_.bits / 8;
    std::memcpy(&value, row.data() + x * bytes, bytes);
    return value;
  }

  bool has_alpha() {
    const std::size_t begin = reader_.at();
    bool found = false;
    for (std::uint32_t y = 0; y < header_.height && !found; ++y) {
      const Bytes row = next_row();
      for (std::uint32_t x = 0; x < header_.width; ++x) {
        found = found || (pixel(row, x) & header_.masks[3]) != 0;
      }
    }
    reader_.go_to(begin);
    return found;
  }

  void put_index(std::uint32_t x, std::uint32_t index) {
    if (index >= header_.palette.size()) {
      reader_.fail(ErrorCode::kCorrupt, "a colour that is not in the palette");
    }
    std::memcpy(row_.data() + std::size_t{x} * 3, header_.palette[index].data(), 3);
  }

  void read_indexes(std::uint32_t y) {
    if (header_.run_lengths()) {
      const std::uint8_t* from = indexes_.data() + std::size_t{y} * header_.width;
      for (std::uint32_t x = 0; x < header_.width; ++x) put_index(x, from[x]);
      return;
    }
    const Bytes in = next_row();
    const std::uint32_t per_byte = 8 / header_.bits;
    for (std::uint32_t x = 0; x < header_.width; ++x) {
      const std::uint32_t shift = 8 - header_.bits * (x % per_byte + 1);
      const auto byte = std::to_integer<std::uint32_t>(in[x / per_byte]);
      put_index(x, byte >> shift & ((1U << header_.bits) - 1));
    }
  }

  void read_colors() {
    const Bytes in = next_row();
    std::uint8_t* to = row_.data();
    for (std::uint32_t x = 0; x < header_.width; ++x) {
      const std::uint32_t value = pixel(in, x);
      if (header_.bits == 24) {
        *to++ = static_cast<std::uint8_t>(value >> 16);
        *to++ = static_cast<std::uint8_t>(value >> 8);
        *to++ = static_cast<std::uint8_t>(value);
        continue;
      }
      for (std::size_t c = 0; c < (alpha_ ? 4 : 3); ++c) *to++ = field(value, header_.masks[c]);
    }
  }

  void put_run(std::uint32_t index) {
    if (x_ >= header_.width || y_ >= header_.height) {
      reader_.fail(ErrorCode::kCorrupt, "a run beyond the picture");
    }
    indexes_[std::size_t{y_} * header_.width + x_++] = static_cast<std::uint8_t>(index);
  }

  // `count` pixels of one value, or of two that alternate.
  void repeat(std::uint32_t count, std::uint32_t value) {
    for (std::uint32_t i = 0; i < count; ++i) {
      put_run(header_.bits == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15);
    }
  }

  void copy_literals(std::uint32_t count) {
    const std::uint32_t per_byte = 8 / header_.bits;
    const Bytes in = reader_.take((count + per_byte - 1) / per_byte);
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto value = std::to_integer<std::uint32_t>(in[i / per_byte]);
      put_run(header_.bits == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15);
    }
    if (in.size() % 2 != 0) reader_.take(1);
  }

  void unpack_runs() {
    for (;;) {
      const std::uint32_t count = reader_.byte();
      const std::uint32_t value = reader_.byte();
      if (count > 0) {
        repeat(count, value);
      } else if (value == 0) {  // end of the row
        x_ = 0;
        ++y_;
      } else if (value == 1) {  // end of the picture
        return;
      } else if (value == 2) {  // go right and up
        x_ += reader_.byte();
        y_ += reader_.byte();
      } else {
        copy_literals(value);
      }
      if (y_ > header_.height) reader_.fail(ErrorCode::kCorrupt, "more rows than the header says");
    }
  }

  Header header_;
  ByteReader reader_;
  bool alpha_ = false;
  std::vector<std::uint8_t> row_;
  std::vector<std::uint8_t> indexes_;  // of run-length pictures, whose pieces may stand anywhere
  std::uint32_t x_ = 0;
  std::uint32_t y_ = 0;
};

}  // namespace

ImageInfo inspect_bmp(Bytes bytes, const ImageLimits& limits) {
  const Header header = read_header(bytes, limits);
  ImageInfo info;
  info.width = header.width;
  info.height = header.height;
  return info;
}

void decode_bmp(Bytes bytes, const DecodeOptions& options, ImageInfo&, Image& out) {
  Decoder(bytes, options, out);
}

}  // namespace dsprep
