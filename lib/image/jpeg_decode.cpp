// JPEG to pixels through libjpeg-turbo: accurate DCT and smooth upsampling, its reference decoding.
#include <jerror.h>

#include <algorithm>
#include <type_traits>

#include "lib/image/codec.h"
#include "lib/image/jpeg_errors.h"

namespace dsprep {
namespace {

// A progressive picture needs about ten scans; thousands of empty ones would keep the decoder busy
// for hours.
constexpr int kMaxScans = 500;
constexpr int kRowsAtOnce = 8;

void count_scans(j_common_ptr common) {
  auto* reader = reinterpret_cast<j_decompress_ptr>(common);
  if (reader->input_scan_number > kMaxScans) ERREXIT(reader, JERR_BAD_PROGRESSION);
}

// Owns libjpeg's decompressor.
class Reader {
 public:
  explicit Reader(Bytes bytes) {
    jpeg_.err = &errors_.manager;
    guard([this, bytes] {
      jpeg_create_decompress(&jpeg_);
      jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
      progress_.progress_monitor = count_scans;
      jpeg_.progress = &progress_;
    });
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { jpeg_destroy_decompress(&jpeg_); }

  template <class Work>
  void guard(Work work) {
    guard_jpeg(errors_, work);
  }
  jpeg_decompress_struct& jpeg() noexcept { return jpeg_; }
  std::uint32_t warnings() const noexcept { return errors_.warnings; }

 private:
  JpegErrors errors_;
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct jpeg_{};
};

// One row of CMYK to RGB or gray. Adobe's programs store the inks inverted, and say so by their
// marker.
void convert_cmyk(const std::uint8_t* in, bool inverted, std::uint32_t width,
                  std::uint32_t channels, std::uint8_t* out) {
  const unsigned flip = inverted ? 0 : 255;
  for (std::uint32_t x = 0; x < width; ++x, in += 4, out += channels) {
    const unsigned light = in[3] ^ flip;
    const unsigned red = scale_255(in[0] ^ flip, light);
    const unsigned green = scale_255(in[1] ^ flip, light);
    const unsigned blue = scale_255(in[2] ^ flip, light);
    if (channels == 1) {
      out[0] = luma(red, green, blue);
    } else {
      out[0] = static_cast<std::uint8_t>(red);
      out[1] = static_cast<std::uint8_t>(green);
      out[2] = static_cast<std::uint8_t>(blue);
    }
  }
}

void read_rows(Reader& reader, Image& out) {
  jpeg_decompress_struct& jpeg = reader.jpeg();
  reader.guard([&jpeg, &out] {
    while (jpeg.output_scanline < out.height) {
      JSAMPROW rows[kRowsAtOnce];
      const std::uint32_t count =
          std::min<std::uint32_t>(kRowsAtOnce, out.height - jpeg.output_scanline);
      for (std::uint32_t i = 0; i < count; ++i) rows[i] = out.row(jpeg.output_scanline + i);
      jpeg_read_scanlines(&jpeg, rows, count);
    }
    jpeg_finish_decompress(&jpeg);
  });
}

void read_cmyk_rows(Reader& reader, Image& out) {
  jpeg_decompress_struct& jpeg = reader.jpeg();
  std::vector<std::uint8_t> inks(std::size_t{out.width} * 4);
  std::uint8_t* row = inks.data();
  reader.guard([&jpeg, &out, row] {
    while (jpeg.output_scanline < out.height) {
      JSAMPROW rows[1] = {row};
      const std::uint32_t y = jpeg.output_scanline;
      jpeg_read_scanlines(&jpeg, rows, 1);
      convert_cmyk(row, jpeg.saw_Adobe_marker != 0, out.width, out.channels, out.row(y));
    }
    jpeg_finish_decompress(&jpeg);
  });
}

}  // namespace

void decode_jpeg(Bytes bytes, const DecodeOptions& options, ImageInfo& info, Image& out) {
  Reader reader(bytes);
  jpeg_decompress_struct& jpeg = reader.jpeg();
  const bool gray = options.color == ColorMode::kGray;
  reader.guard([&jpeg, gray] {
    jpeg_read_header(&jpeg, TRUE);
    jpeg.out_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
    if (jpeg.num_components == 4) jpeg.out_color_space = JCS_CMYK;
    jpeg.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&jpeg);
  });
  if (jpeg.output_width != info.width || jpeg.output_height != info.height) {
    throw Error(ErrorCode::kCorrupt, "JPEG: the decoder sees another size than the header check");
  }
  out.reshape(info.width, info.height, gray ? 1 : 3);
  jpeg.num_components == 4 ? read_cmyk_rows(reader, out) : read_rows(reader, out);
  info.warnings += reader.warnings();
}

std::string jpeg_version() {
#define DSPREP_TEXT_OF(x) #x
#define DSPREP_TEXT(x) DSPREP_TEXT_OF(x)
  return "libjpeg-turbo " DSPREP_TEXT(LIBJPEG_TURBO_VERSION);
#undef DSPREP_TEXT
#undef DSPREP_TEXT_OF
}

}  // namespace dsprep
