// GIF: the first frame, on a canvas of the logical screen's size (or larger, where the frame is);
// what the frame leaves out is transparent.
#include <algorithm>
#include <array>

#include "lib/image/byte_reader.h"
#include "lib/image/row_converter.h"
#include "lib/image/row_source.h"

namespace dsprep {
namespace {

constexpr std::uint32_t kMaxCodes = 4096;
constexpr unsigned kExtension = 0x21;
constexpr unsigned kFrame = 0x2c;
constexpr unsigned kTrailer = 0x3b;
constexpr unsigned kGraphicControl = 0xf9;

struct Header {
  std::uint32_t width = 0;  // canvas
  std::uint32_t height = 0;
  std::uint32_t x = 0;  // frame
  std::uint32_t y = 0;
  std::uint32_t frame_width = 0;
  std::uint32_t frame_height = 0;
  bool interlaced = false;
  Bytes palette;
  int transparent = -1;
  std::uint32_t frames = 0;
  std::size_t data_at = 0;  // the first frame's minimum code size
};

Bytes read_palette(ByteReader& reader, unsigned flags) {
  if ((flags & 0x80) == 0) return {};
  return reader.take(std::size_t{3} << ((flags & 7) + 1));
}

void skip_blocks(ByteReader& reader) {
  for (std::size_t size = reader.byte(); size != 0; size = reader.byte()) reader.take(size);
}

void read_frame(ByteReader& reader, Bytes global, const ImageLimits& limits, Header& header) {
  const std::uint32_t x = reader.little(2), y = reader.little(2);
  const std::uint32_t width = reader.little(2), height = reader.little(2);
  const unsigned flags = reader.byte();
  const Bytes local = read_palette(reader, flags);
  if (++header.frames == 1) {
    if (width == 0 || height == 0) reader.fail(ErrorCode::kCorrupt, "a frame without pixels");
    header.x = x;
    header.y = y;
    header.frame_width = width;
    header.frame_height = height;
    header.interlaced = (flags & 0x40) != 0;
    header.palette = local.empty() ? global : local;
    header.data_at = reader.at();
    header.width = std::max(header.width, x + width);
    header.height = std::max(header.height, y + height);
    require_size(header.width, header.height, limits);
    if (header.palette.empty()) reader.fail(ErrorCode::kCorrupt, "a frame without a palette");
  }
  reader.take(1);  // minimum code size
  skip_blocks(reader);
}

void read_extension(ByteReader& reader, Header& header) {
  const unsigned label = reader.byte();
  if (label == kGraphicControl && header.frames == 0 && reader.left() > 5) {
    const std::size_t begin = reader.at();
    reader.take(1);
    const unsigned flags = reader.byte();
    reader.take(2);
    header.transparent = (flags & 1) != 0 ? reader.byte() : -1;
    reader.go_to(begin);
  }
  skip_blocks(reader);
}

// Everything up to the end of the first frame must be there. What follows is only counted: many
// programs leave out the trailer.
Header read_header(Bytes bytes, const ImageLimits& limits) {
  ByteReader reader("GIF", bytes, 6);
  Header header;
  header.width = reader.little(2);
  header.height = reader.little(2);
  const unsigned flags = reader.byte();
  reader.take(2);
  const Bytes global = read_palette(reader, flags);
  while (header.frames == 0 || !reader.done()) {
    const unsigned block = reader.byte();
    if (block == kTrailer || (header.frames > 0 && block != kExtension && block != kFrame)) break;
    const bool shown = header.frames == 0;
    try {
      if (block == kExtension) {
        read_extension(reader, header);
      } else if (block == kFrame) {
        read_frame(reader, global, limits, header);
      } else if (block != 0) {  // zeros between blocks are met in the wild
        reader.fail(ErrorCode::kCorrupt, "neither frame nor extension");
      }
    } catch (const Error&) {
      if (shown) throw;
      break;  // damage behind the first frame, the only one that is shown
    }
  }
  if (header.frames == 0) reader.fail(ErrorCode::kCorrupt, "no frame before the trailer");
  return header;
}

// The bits of a chain of blocks, lowest first.
class BitReader {
 public:
  explicit BitReader(ByteReader& reader) : reader_(reader) {}

  // False at the end of the chain.
  bool read(unsigned count, std::uint32_t& value) {
    while (have_ < count) {
      if (left_ == 0) left_ = ended_ ? 0 : reader_.byte();
      if (left_ == 0) {
        ended_ = true;
        return false;
      }
      bits_ |= std::uint32_t{reader_.byte()} << have_;
      have_ += 8;
      --left_;
    }
    value = bits_ & ((1U << count) - 1);
    bits_ >>= count;
    have_ -= count;
    return true;
  }

 private:
  ByteReader& reader_;
  std::uint32_t bits_ = 0;
  unsigned have_ = 0;
  unsigned left_ = 0;  // bytes of the block
  bool ended_ = false;
};

// LZW with codes of variable width: every code is a string, that of `prefix` and one byte more.
class LzwReader {
 public:
  LzwReader(ByteReader& reader, unsigned root_bits)
      : reader_(reader), bits_(reader), clear_(1U << root_bits), root_bits_(root_bits) {
    for (std::uint32_t i = 0; i < clear_; ++i) last_[i] = static_cast<std::uint8_t>(i);
    reset();
  }

  // Fills `out`; throws where the data end before.
  void read(std::span<std::uint8_t> out) {
    std::size_t at = 0;
    while (at < out.size()) {
      std::uint32_t code = 0;
      if (!bits_.read(width_, code) || code == clear_ + 1) {
        reader_.fail(ErrorCode::kTruncated, "the pixels of the first frame end too early");
      }
      if (code == clear_) {
        reset();
        continue;
      }
      at += put(code, out.subspan(at));
    }
  }

 private:
  static constexpr std::uint32_t kNone = kMaxCodes;

  void reset() noexcept {
    next_ = clear_ + 2;
    width_ = root_bits_ + 1;
    previous_ = kNone;
  }

  // Writes the string of `code`, cut where it is longer than `out`, and learns a new one.
  std::size_t put(std::uint32_t code, std::span<std::uint8_t> out) {
    const bool unknown = code >= next_;
    if (code > next_ || (unknown && previous_ == kNone) || (previous_ == kNone && code >= clear_)) {
      reader_.fail(ErrorCode::kCorrupt, "a code that has no meaning yet");
    }
    std::size_t size = 0;
    if (unknown) stack_[size++] = first_;  // the previous string and its own first byte
    std::uint32_t walk = unknown ? previous_ : code;
    while (walk >= clear_) {
      stack_[size++] = last_[walk];
      walk = prefix_[walk];
    }
    first_ = last_[walk];
    stack_[size++] = first_;
    if (previous_ != kNone && next_ < kMaxCodes) learn();
    previous_ = code;
    const std::size_t written = std::min(size, out.size());
    for (std::size_t i = 0; i < written; ++i) out[i] = stack_[size - 1 - i];
    return written;
  }

  void learn() noexcept {
    prefix_[next_] = previous_;
    last_[next_] = first_;
    ++next_;
    if (next_ == 1U << width_ && width_ < 12) ++width_;
  }

  ByteReader& reader_;
  BitReader bits_;
  std::uint32_t clear_;
  unsigned root_bits_;
  unsigned width_ = 0;
  std::uint32_t next_ = 0;
  std::uint32_t previous_ = kNone;
  std::uint8_t first_ = 0;  // of the previous string
  std::array<std::uint32_t, kMaxCodes> prefix_ = {};
  std::array<std::uint8_t, kMaxCodes> last_ = {};
  std::array<std::uint8_t, kMaxCodes + 1> stack_ = {};
};

// Where the i-th stored row of an interlaced frame is shown: every eighth from 0, every eighth
// from 4, every fourth from 2, every second from 1.
std::vector<std::uint32_t> row_order(const Header& header) {
  std::vector<std::uint32_t> order;
  order.reserve(header.frame_height);
  constexpr std::uint32_t kPasses[][2] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
  for (const auto& [begin, step] : kPasses) {
    for (std::uint32_t y = begin; y < header.frame_height; y += step) order.push_back(y);
  }
  return order;
}

// One row of the canvas as RGBA; the frame's indexes stand at `indexes`.
void color_row(const Header& header, const std::uint8_t* indexes, std::uint8_t* rgba) {
  for (std::uint32_t i = 0; i < header.frame_width; ++i) {
    const std::size_t at = std::size_t{indexes[i]} * 3;
    if (at + 3 > header.palette.size()) {
      throw Error(ErrorCode::kCorrupt, "GIF: a colour that is not in the palette");
    }
    std::uint8_t* to = rgba + (std::size_t{header.x} + i) * 4;
    for (std::size_t c = 0; c < 3; ++c) {
      to[c] = std::to_integer<std::uint8_t>(header.palette[at + c]);
    }
    to[3] = indexes[i] == header.transparent ? 0 : 255;
  }
}

}  // namespace

ImageInfo inspect_gif(Bytes bytes, const ImageLimits& limits) {
  const Header header = read_header(bytes, limits);
  ImageInfo info;
  info.width = header.width;
  info.height = header.height;
  info.frames = header.frames;
  return info;
}

void decode_gif(Bytes bytes, const DecodeOptions& options, ImageInfo&, Image& out) {
  const Header header = read_header(bytes, options.limits);
  ByteReader reader("GIF", bytes, header.data_at);
  const unsigned root_bits = reader.byte();
  if (root_bits < 1 || root_bits > 8) reader.fail(ErrorCode::kCorrupt, "an impossible code size");
  std::vector<std::uint8_t> indexes(std::size_t{header.frame_width} * header.frame_height);
  LzwReader(reader, root_bits).read(indexes);
  out.reshape(header.width, header.height, options.color == ColorMode::kGray ? 1 : 3);
  const RowConverter converter(options, header.width, 4);
  const std::vector<std::uint8_t> empty(std::size_t{header.width} * 4);
  std::vector<std::uint8_t> rgba = empty;
  for (std::uint32_t y = 0; y < header.height; ++y) converter.convert(empty.data(), out.row(y));
  const std::vector<std::uint32_t> order =
      header.interlaced ? row_order(header) : std::vector<std::uint32_t>();
  for (std::uint32_t i = 0; i < header.frame_height; ++i) {
    color_row(header, indexes.data() + std::size_t{i} * header.frame_width, rgba.data());
    converter.convert(rgba.data(), out.row(header.y + (order.empty() ? i : order[i])));
  }
}

}  // namespace dsprep
