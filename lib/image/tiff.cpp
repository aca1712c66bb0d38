// TIFF through libtiff: the first page; striped and tiled, planes together or apart, 1 to 16 bits;
// bilevel, gray, palette, RGB, CMYK, YCbCr inside JPEG; alpha. Floating-point and signed samples,
// CIE L*a*b* and plain YCbCr are refused by name.
#include <algorithm>
#include <array>
#include <cstring>

#include "lib/image/row_converter.h"
#include "lib/image/row_source.h"
#include "lib/image/tiff_file.h"

namespace dsprep {
namespace {

struct Layout {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t bits = 1;
  std::uint16_t samples = 1;  // of a pixel
  std::uint16_t photometric = 0;
  std::uint16_t alpha = 0;  // 0: none, else EXTRASAMPLE_*
  bool planes_apart = false;
  bool tiled = false;

  bool palette() const noexcept { return photometric == PHOTOMETRIC_PALETTE; }
  bool inks() const noexcept { return photometric == PHOTOMETRIC_SEPARATED; }
  std::uint32_t colors() const noexcept {
    if (inks()) return 4;
    return photometric == PHOTOMETRIC_RGB || photometric == PHOTOMETRIC_YCBCR ? 3 : 1;
  }
  // of the 8-bit rows that RowConverter takes
  std::uint32_t channels() const noexcept {
    const std::uint32_t plain = palette() || colors() >= 3 ? 3 : 1;
    return plain + (alpha != 0 ? 1 : 0);
  }
};

void check_kind(const TiffFile& file, const Layout& layout) {
  const auto refuse = [&file](const std::string& what) {
    file.fail(ErrorCode::kUnsupportedFormat, what);
  };
  const std::uint16_t format = file.number(TIFFTAG_SAMPLEFORMAT);
  if (format == SAMPLEFORMAT_IEEEFP) refuse("floating-point samples");
  if (format == SAMPLEFORMAT_INT) refuse("signed samples");
  if (format == SAMPLEFORMAT_COMPLEXINT || format == SAMPLEFORMAT_COMPLEXIEEEFP) {
    refuse("complex samples");
  }
  if (layout.bits == 0 || layout.bits > 16) refuse(std::to_string(layout.bits) + "-bit samples");
  const std::uint16_t compression = file.number(TIFFTAG_COMPRESSION);
  if (compression == COMPRESSION_OJPEG || TIFFIsCODECConfigured(compression) == 0) {
    refuse("compression " + std::to_string(compression));
  }
  switch (layout.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_RGB:
      break;
    case PHOTOMETRIC_PALETTE:
      if (layout.bits > 8) refuse("a palette of more than 256 colours");
      break;
    case PHOTOMETRIC_SEPARATED:
      if (file.number(TIFFTAG_INKSET) != INKSET_CMYK) refuse("inks other than CMYK");
      break;
    case PHOTOMETRIC_YCBCR:
      if (compression != COMPRESSION_JPEG || layout.planes_apart) refuse("YCbCr without JPEG");
      break;
    default:
      refuse("photometric interpretation " + std::to_string(layout.photometric));
  }
  if (layout.samples < layout.colors() || layout.samples > 64) {
    file.fail(ErrorCode::kCorrupt, std::to_string(layout.samples) + " samples a pixel");
  }
}

Layout read_layout(const TiffFile& file) {
  Layout layout;
  TIFF* tiff = file.get();
  if (TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width) != 1 ||
      TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height) != 1 || layout.width == 0 ||
      layout.height == 0 || layout.width > INT32_MAX || layout.height > INT32_MAX) {
    file.fail(ErrorCode::kCorrupt, "an impossible size");
  }
  layout.bits = file.number(TIFFTAG_BITSPERSAMPLE);
  layout.samples = file.number(TIFFTAG_SAMPLESPERPIXEL);
  layout.planes_apart = file.number(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  layout.tiled = TIFFIsTiled(tiff) != 0;
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) != 1) {
    layout.photometric = layout.samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  }
  check_kind(file, layout);
  std::uint16_t extras = 0;
  const std::uint16_t* kinds = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extras, &kinds) == 1 && extras > 0 &&
      layout.samples > layout.colors()) {
    layout.alpha = kinds[0];  // EXTRASAMPLE_UNSPECIFIED is 0: not an alpha channel
  }
  return layout;
}

// A strip or tile behind the end of the file: part of the picture is missing.
void check_pieces(const TiffFile& file) {
  TIFF* tiff = file.get();
  const bool tiled = TIFFIsTiled(tiff) != 0;
  const std::uint32_t count = tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  const std::uint64_t* offsets = nullptr;
  const std::uint64_t* sizes = nullptr;
  const bool known =
      TIFFGetField(tiff, tiled ? TIFFTAG_TILEOFFSETS : TIFFTAG_STRIPOFFSETS, &offsets) == 1 &&
      TIFFGetField(tiff, tiled ? TIFFTAG_TILEBYTECOUNTS : TIFFTAG_STRIPBYTECOUNTS, &sizes) == 1;
  if (!known || offsets == nullptr || sizes == nullptr || count == 0) {
    file.fail(ErrorCode::kCorrupt, "no strips or tiles");
  }
  const std::uint64_t end = file.bytes().size();
  for (std::uint32_t i = 0; i < count; ++i) {
    if (offsets[i] > end || sizes[i] > end - offsets[i]) {
      file.fail(ErrorCode::kTruncated, "the file ends before its pixels");
    }
    if (sizes[i] == 0) file.fail(ErrorCode::kCorrupt, "a strip or tile without bytes");
  }
}

class TiffRows final : public RowSource {
 public:
  TiffRows(Bytes bytes, const DecodeOptions& options)
      : file_(bytes),
        lenient_(options.limits.lenient),
        layout_(read_layout(file_)),
        converter_(options, layout_.width, layout_.channels(),
                   layout_.alpha == EXTRASAMPLE_ASSOCALPHA) {
    check_pieces(file_);
    if (layout_.photometric == PHOTOMETRIC_YCBCR) {
      TIFFSetField(file_.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    prepare_levels();
    prepare_band();
    samples_.resize(std::size_t{layout_.width} * layout_.samples);
    row_.resize(std::size_t{layout_.width} * layout_.channels());
    file_.reads_pixels();
  }

  void read(std::uint8_t* out, std::size_t stride, std::uint32_t count) override {
    for (std::uint32_t i = 0; i < count; ++i, out += stride, ++y_) {
      if (y_ % band_rows_ == 0) read_band();
      unpack_row(y_ % band_rows_);
      color_row();
      converter_.convert(row_.data(), out);
    }
  }
  void finish(ImageInfo& info) override { file_.count_into(info); }

 private:
  std::uint16_t planes() const noexcept { return layout_.planes_apart ? layout_.samples : 1; }

  // What a sample is in 8 bits.
  void prepare_levels() {
    const std::uint32_t most = (1U << layout_.bits) - 1;
    const bool inverted = layout_.photometric == PHOTOMETRIC_MINISWHITE;
    levels_.resize(std::size_t{most} + 1);
    for (std::uint32_t v = 0; v <= most; ++v) {
      const std::uint32_t scaled = (v * 255 + most / 2) / most;
      levels_[v] = static_cast<std::uint8_t>(inverted ? 255 - scaled : scaled);
    }
    if (!layout_.palette()) return;
    std::uint16_t* map[3] = {};
    if (TIFFGetField(file_.get(), TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]) != 1) {
      file_.fail(ErrorCode::kCorrupt, "a palette picture without its palette");
    }
    // Writers scale 8 bits by 256 or by 257: the high byte is right for both. Some use the low one.
    bool wide = false;
    for (const std::uint16_t* channel : map) {
      wide = wide || std::any_of(channel, channel + most + 1, [](auto v) { return v > 255; });
    }
    for (std::uint32_t v = 0; v <= most; ++v) {
      for (std::size_t c = 0; c < 3; ++c) {
        const std::uint32_t value = map[c][v];
        palette_[v][c] = static_cast<std::uint8_t>(wide ? value >> 8 : value);
      }
    }
  }

  // A band: as many rows as are decoded at once, of each plane.
  void prepare_band() {
    TIFF* tiff = file_.get();
    const std::uint32_t bits =
        layout_.bits * std::uint32_t{layout_.planes_apart ? 1U : layout_.samples};
    std::uint64_t row_bits = std::uint64_t{layout_.width} * bits;
    if (layout_.tiled) {
      TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width_);
      TIFFGetField(tiff, TIFFTAG_TILELENGTH, &band_rows_);
      if (tile_width_ == 0 || band_rows_ == 0) file_.fail(ErrorCode::kCorrupt, "tiles of size 0");
      const std::uint64_t across = (std::uint64_t{layout_.width} + tile_width_ - 1) / tile_width_;
      tile_row_ = static_cast<std::size_t>(TIFFTileRowSize64(tiff));
      row_bits = across * tile_row_ * 8;
      piece_.resize(checked_size(TIFFTileSize64(tiff)));
      if (piece_.size() < tile_row_ * band_rows_) file_.fail(ErrorCode::kCorrupt, "odd tiles");
    } else if (layout_.planes_apart) {
      std::uint32_t rows = 0;
      TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
      band_rows_ = std::clamp<std::uint32_t>(rows, 1, layout_.height);
    } else {
      band_rows_ = 1;
      row_bits = std::max<std::uint64_t>(row_bits, TIFFScanlineSize64(tiff) * 8);
    }
    band_stride_ = static_cast<std::size_t>((row_bits + 7) / 8);
    if (!layout_.tiled && layout_.planes_apart && TIFFScanlineSize64(tiff) != band_stride_) {
      file_.fail(ErrorCode::kCorrupt, "rows of another size than the header says");
    }
    band_.resize(checked_size(std::uint64_t{band_stride_} * band_rows_ * planes()));
  }

  std::size_t checked_size(std::uint64_t size) const {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 31;
    if (size == 0 || size > kMost) file_.fail(ErrorCode::kTooLarge, "strips or tiles too large");
    return static_cast<std::size_t>(size);
  }

  void read_band() {
    TIFF* tiff = file_.get();
    for (std::uint16_t plane = 0; plane < planes(); ++plane) {
      std::uint8_t* to = band_.data() + band_stride_ * band_rows_ * plane;
      if (layout_.tiled) {
        read_tiles(plane, to);
      } else if (layout_.planes_apart) {
        const std::uint32_t strip = TIFFComputeStrip(tiff, y_, plane);
        const std::uint32_t rows = std::min(band_rows_, layout_.height - y_);
        const auto size = static_cast<tmsize_t>(band_stride_ * rows);
        file_.check(TIFFReadEncodedStrip(tiff, strip, to, size) == size, lenient_);
      } else {
        file_.check(TIFFReadScanline(tiff, to, y_, 0) == 1, lenient_);
      }
    }
  }

  void read_tiles(std::uint16_t plane, std::uint8_t* to) {
    for (std::uint32_t x = 0; x < layout_.width; x += tile_width_, to += tile_row_) {
      const std::uint32_t tile = TIFFComputeTile(file_.get(), x, y_, 0, plane);
      const auto size = static_cast<tmsize_t>(piece_.size());
      file_.check(TIFFReadEncodedTile(file_.get(), tile, piece_.data(), size) == size, lenient_);
      for (std::uint32_t i = 0; i < band_rows_; ++i) {
        std::memcpy(to + i * band_stride_, piece_.data() + i * tile_row_, tile_row_);
      }
      if (layout_.width - x <= tile_width_) break;
    }
  }

  // `count` samples of layout_.bits at `from`, every one `step` apart in `to`.
  void unpack(const std::uint8_t* from, std::size_t count, std::uint16_t* to,
              std::size_t step) const noexcept {
    if (layout_.bits == 8) {
      for (std::size_t i = 0; i < count; ++i) to[i * step] = from[i];
    } else if (layout_.bits == 16) {
      for (std::size_t i = 0; i < count; ++i) std::memcpy(to + i * step, from + 2 * i, 2);
    } else {
      std::uint32_t have = 0, value = 0;
      for (std::size_t i = 0; i < count; ++i) {
        for (; have < layout_.bits; have += 8) value = value << 8 | *from++;
        have -= layout_.bits;
        to[i * step] = static_cast<std::uint16_t>(value >> have & ((1U << layout_.bits) - 1));
      }
    }
  }

  void unpack_row(std::uint32_t row) noexcept {
    const std::size_t samples = layout_.samples;
    const std::size_t together = layout_.planes_apart ? 1 : samples;  // in one plane
    for (std::uint16_t plane = 0; plane < planes(); ++plane) {
      const std::uint8_t* from = band_.data() + band_stride_ * (band_rows_ * plane + row);
      std::uint16_t* to = samples_.data() + plane;
      const std::size_t step = layout_.planes_apart ? samples : 1;
      if (!layout_.tiled) {
        unpack(from, layout_.width * together, to, step);
        continue;
      }
      for (std::uint32_t x = 0; x < layout_.width; from += tile_row_) {  // tiles' rows are padded
        const std::uint32_t count = std::min(tile_width_, layout_.width - x);
        unpack(from, count * together, to + x * samples, step);
        x += count;
      }
    }
  }

  // Samples to 8-bit gray or RGB, and alpha.
  void color_row() noexcept {
    const std::uint16_t* in = samples_.data();
    std::uint8_t* out = row_.data();
    for (std::uint32_t x = 0; x < layout_.width; ++x, in += layout_.samples) {
      if (layout_.palette()) {
        out = std::copy_n(palette_[in[0]].data(), 3, out);
      } else if (layout_.inks()) {
        const unsigned light = 255U - levels_[in[3]];
        for (std::size_t c = 0; c < 3; ++c) {
          *out++ = static_cast<std::uint8_t>(scale_255(255U - levels_[in[c]], light));
        }
      } else {
        for (std::size_t c = 0; c < layout_.colors(); ++c) *out++ = levels_[in[c]];
      }
      if (layout_.alpha != 0) {
        const std::uint8_t alpha = levels_[in[layout_.colors()]];
        *out++ = layout_.photometric == PHOTOMETRIC_MINISWHITE
                     ? static_cast<std::uint8_t>(255 - alpha)
                     : alpha;
      }
    }
  }

  TiffFile file_;
  bool lenient_;
  Layout layout_;
  RowConverter converter_;
  std::vector<std::uint8_t> levels_;
  std::array<Rgb, 256> palette_ = {};
  std::uint32_t tile_width_ = 0;
  std::size_t tile_row_ = 0;  // bytes
  std::uint32_t band_rows_ = 1;
  std::size_t band_stride_ = 0;
  std::vector<std::uint8_t> piece_;  // one tile
  std::vector<std::uint8_t> band_;
  std::vector<std::uint16_t> samples_;
  std::vector<std::uint8_t> row_;
  std::uint32_t y_ = 0;
};

}  // namespace

ImageInfo inspect_tiff(Bytes bytes, const ImageLimits& limits) {
  const TiffFile file(bytes);
  const Layout layout = read_layout(file);
  require_size(layout.width, layout.height, limits);
  check_pieces(file);
  ImageInfo info;
  info.width = layout.width;
  info.height = layout.height;
  const std::uint16_t orientation = file.number(TIFFTAG_ORIENTATION);
  if (orientation >= 1 && orientation <= 8) {
    info.orientation = static_cast<std::uint8_t>(orientation);
  }
  info.frames = std::max<std::uint32_t>(TIFFNumberOfDirectories(file.get()), 1);
  return info;
}

std::unique_ptr<RowSource> open_tiff_rows(Bytes bytes, const DecodeOptions& options,
                                          const ImageInfo&) {
  return std::make_unique<TiffRows>(bytes, options);
}

std::string tiff_version() {
  const std::string text = TIFFGetVersion();  // "LIBTIFF, Version 4.5.0\nCopyright…"
  const std::size_t begin = text.rfind(' ', text.find('\n')) + 1;
  return "libtiff " + text.substr(begin, text.find('\n') - begin);
}

}  // namespace dsprep
