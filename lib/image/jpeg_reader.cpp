#include "lib/image/jpeg_reader.h"

#include <jerror.h>

#include <algorithm>

namespace dsprep {
namespace {

// A progressive picture needs about ten scans; thousands of empty ones would keep the decoder busy
// for hours.
constexpr int kMaxScans = 500;
constexpr std::uint32_t kRowsAtOnce = 16;

void count_scans(j_common_ptr common) {
  auto* reader = reinterpret_cast<j_decompress_ptr>(common);
  if (reader->input_scan_number > kMaxScans) ERREXIT(reader, JERR_BAD_PROGRESSION);
}

// One row of CMYK to RGB or gray. Adobe's programs store the inks inverted, and say so by their
// marker.
void convert_cmyk(const std::uint8_t* in, bool inverted, std::uint32_t width, bool gray,
                  std::uint8_t* out) {
  const unsigned flip = inverted ? 0 : 255;
  for (std::uint32_t x = 0; x < width; ++x, in += 4) {
    const unsigned light = in[3] ^ flip;
    const unsigned red = scale_255(in[0] ^ flip, light);
    const unsigned green = scale_255(in[1] ^ flip, light);
    const unsigned blue = scale_255(in[2] ^ flip, light);
    if (gray) {
      *out++ = luma(red, green, blue);
    } else {
      *out++ = static_cast<std::uint8_t>(red);
      *out++ = static_cast<std::uint8_t>(green);
      *out++ = static_cast<std::uint8_t>(blue);
    }
  }
}

}  // namespace

JpegReader::JpegReader(const DecodeOptions& options) : gray_(options.color == ColorMode::kGray) {
  errors_.lenient = options.limits.lenient;
  jpeg_.err = &errors_.manager;
  guard([this] { jpeg_create_decompress(&jpeg_); });
}

// The decompressor is owned before anything is read, so that a broken header frees it.
JpegReader::JpegReader(Bytes bytes, const DecodeOptions& options) : JpegReader(options) {
  guard([this, bytes] {
    jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    progress_.progress_monitor = count_scans;
    jpeg_.progress = &progress_;
    jpeg_read_header(&jpeg_, TRUE);
  });
}

void JpegReader::start_decompress(unsigned eighths) {
  guard([this, eighths] {
    jpeg_.out_color_space = gray_ ? JCS_GRAYSCALE : JCS_RGB;
    if (jpeg_.num_components == 4) jpeg_.out_color_space = JCS_CMYK;
    jpeg_.dct_method = JDCT_ISLOW;
    jpeg_.scale_num = eighths;
    jpeg_.scale_denom = 8;
    jpeg_start_decompress(&jpeg_);
  });
}

void JpegReader::start(unsigned eighths) {
  start_decompress(eighths);
  huffman_.attach(jpeg_);
}

void JpegReader::start(JpegCoefficients& coefficients) {
  start_decompress(8);
  coefficients.give_to(jpeg_);
}

Columns JpegReader::crop(Columns wanted) {
  JDIMENSION begin = wanted.begin;
  JDIMENSION count = wanted.count;
  JDIMENSION* const at = &begin;
  JDIMENSION* const width = &count;
  guard([this, at, width] { jpeg_crop_scanline(&jpeg_, at, width); });
  return {begin, count};
}

void JpegReader::skip(std::uint32_t rows) {
  if (rows == 0) return;
  guard([this, rows] { jpeg_skip_scanlines(&jpeg_, rows); });
}

void JpegReader::read(std::uint8_t* out, std::size_t stride, std::uint32_t count) {
  if (jpeg_.num_components == 4) return read_inks(out, stride, count);
  guard([this, out, stride, count] {
    for (std::uint32_t done = 0; done < count;) {
      JSAMPROW rows[kRowsAtOnce];
      const std::uint32_t some = std::min(kRowsAtOnce, count - done);
      for (std::uint32_t i = 0; i < some; ++i) rows[i] = out + (done + i) * stride;
      done += jpeg_read_scanlines(&jpeg_, rows, some);
    }
  });
}

void JpegReader::read_inks(std::uint8_t* out, std::size_t stride, std::uint32_t count) {
  inks_.resize(std::size_t{width()} * 4);
  JSAMPROW row = inks_.data();
  guard([this, row, out, stride, count] {
    for (std::uint32_t y = 0; y < count; ++y) {
      JSAMPROW rows[1] = {row};
      jpeg_read_scanlines(&jpeg_, rows, 1);
      convert_cmyk(row, jpeg_.saw_Adobe_marker != 0, width(), gray_, out + y * stride);
    }
  });
}

// libjpeg does not look at what is skipped up to the very end, so the last row is read.
void JpegReader::finish() {
  if (const std::uint32_t left = height() - next_row(); left > 0) {
    skip(left - 1);
    std::vector<std::uint8_t> row(std::size_t{width()} * channels());
    read(row.data(), row.size(), 1);
  }
  guard([this] { jpeg_finish_decompress(&jpeg_); });
}

}  // namespace dsprep
