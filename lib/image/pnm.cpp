// PNM (netpbm): bitmaps, graymaps and pixmaps, as text (P1 to P3) and binary (P4 to P6), up to 16
// bits. Of several pictures in a file the first.
#include "lib/image/byte_reader.h"
#include "lib/image/row_converter.h"
#include "lib/image/row_source.h"

namespace dsprep {
namespace {

struct Header {
  unsigned kind = 0;  // the digit behind P
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t most = 1;  // the value of white
  std::size_t pixels_at = 0;

  bool binary() const noexcept { return kind >= 4; }
  bool bitmap() const noexcept { return kind == 1 || kind == 4; }
  std::uint32_t channels() const noexcept { return kind % 3 == 0 ? 3 : 1; }
  std::size_t samples() const noexcept { return std::size_t{width} * channels(); }
  std::size_t row_bytes() const noexcept {  // of binary rows
    if (bitmap()) return (std::size_t{width} + 7) / 8;
    return samples() * (most > 255 ? 2 : 1);
  }
};

bool is_space(unsigned c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Moves to the next character that is neither space nor part of a comment, and gives it.
unsigned skip_space(ByteReader& reader) {
  unsigned c = reader.byte();
  while (is_space(c) || c == '#') {
    if (c == '#') {
      while (c != '\n' && c != '\r') c = reader.byte();
    }
    c = reader.byte();
  }
  return c;
}

// A decimal number; the one character behind it is consumed, unless the file ends there.
std::uint32_t number(ByteReader& reader) {
  unsigned c = skip_space(reader);
  std::uint32_t value = 0;
  if (c < '0' || c > '9') reader.fail(ErrorCode::kCorrupt, "a number was expected");
  for (; c >= '0' && c <= '9'; c = reader.byte()) {
    value = value * 10 + (c - '0');
    if (value > 100'000'000) reader.fail(ErrorCode::kCorrupt, "a number that is too large");
    if (reader.done()) return value;
  }
  if (!is_space(c) && c != '#') reader.fail(ErrorCode::kCorrupt, "a number was expected");
  if (c == '#') reader.go_to(reader.at() - 1);
  return value;
}

Header read_header(Bytes bytes, const ImageLimits& limits) {
  ByteReader reader("PNM", bytes, 1);
  Header header;
  header.kind = reader.byte() - '0';
  if (const unsigned c = skip_space(reader); c < '0' || c > '9') {  // "P6 is a code" is a text
    reader.fail(ErrorCode::kNotAnImage, "no size behind the first word");
  }
  reader.go_to(reader.at() - 1);
  header.width = number(reader);
  header.height = number(reader);
  if (header.width == 0 || header.height == 0) reader.fail(ErrorCode::kCorrupt, "a side of 0");
  require_size(header.width, header.height, limits);
  if (!header.bitmap()) header.most = number(reader);
  if (header.most == 0 || header.most > 65535) {
    reader.fail(ErrorCode::kCorrupt, "a largest value that is not between 1 and 65535");
  }
  header.pixels_at = reader.at();
  // text takes a character for each sample, and a space between numbers
  const std::uint64_t samples = std::uint64_t{header.samples()} * header.height;
  const std::uint64_t needed = header.binary()   ? header.row_bytes() * std::uint64_t{header.height}
                               : header.bitmap() ? samples
                                                 : 2 * samples - 1;
  if (reader.left() < needed) reader.ends_too_early();
  return header;
}

class PnmRows final : public RowSource {
 public:
  PnmRows(Bytes bytes, const DecodeOptions& options)
      : header_(read_header(bytes, options.limits)),
        reader_("PNM", bytes, header_.pixels_at),
        converter_(options, header_.width, header_.channels()),
        row_(header_.samples()) {}

  void read(std::uint8_t* out, std::size_t stride, std::uint32_t count) override {
    for (std::uint32_t y = 0; y < count; ++y, out += stride) {
      header_.binary() ? read_binary() : read_text();
      converter_.convert(row_.data(), out);
    }
  }
  void finish(ImageInfo&) override {}

 private:
  std::uint8_t scaled(std::uint32_t value) const {
    if (value > header_.most) reader_.fail(ErrorCode::kCorrupt, "a value above the largest one");
    return static_cast<std::uint8_t>((value * 255 + header_.most / 2) / header_.most);
  }

  void read_binary() {
    const Bytes in = reader_.take(header_.row_bytes());
    const auto byte = [&in](std::size_t i) { return std::to_integer<std::uint32_t>(in[i]); };
    for (std::size_t i = 0; i < row_.size(); ++i) {
      if (header_.bitmap()) {
        row_[i] = (byte(i / 8) >> (7 - i % 8) & 1) != 0 ? 0 : 255;  // 1 is black
      } else {
        row_[i] = scaled(header_.most > 255 ? byte(2 * i) << 8 | byte(2 * i + 1) : byte(i));
      }
    }
  }

  void read_text() {
    for (std::uint8_t& sample : row_) {
      if (!header_.bitmap()) {
        sample = scaled(number(reader_));
        continue;
      }
      const unsigned digit = skip_space(reader_);  // digits may touch each other
      if (digit != '0' && digit != '1') reader_.fail(ErrorCode::kCorrupt, "neither 0 nor 1");
      sample = digit == '1' ? 0 : 255;
    }
  }

  Header header_;
  ByteReader reader_;
  RowConverter converter_;
  std::vector<std::uint8_t> row_;
};

}  // namespace

ImageInfo inspect_pnm(Bytes bytes, const ImageLimits& limits) {
  const Header header = read_header(bytes, limits);
  ImageInfo info;
  info.width = header.width;
  info.height = header.height;
  return info;
}

std::unique_ptr<RowSource> open_pnm_rows(Bytes bytes, const DecodeOptions& options,
                                         const ImageInfo&) {
  return std::make_unique<PnmRows>(bytes, options);
}

}  // namespace dsprep
