// libjpeg-turbo's decompressor with RAII: the whole of a picture or a window of it, at full size or
// at a half, a quarter or an eighth of it. Accurate DCT and smooth upsampling: its reference
// decoding. One thread at a time.
#pragma once

#include <vector>

#include "lib/image/codec.h"
#include "lib/image/jpeg_coefficients.h"
#include "lib/image/jpeg_errors.h"
#include "lib/image/jpeg_huffman.h"

namespace dsprep {

/// Columns [begin, begin + count) of a scaled picture.
struct Columns {
  std::uint32_t begin = 0;
  std::uint32_t count = 0;
};

class JpegReader {
 public:
  /// Reads the header. `bytes` must outlive the reader.
  JpegReader(Bytes bytes, const DecodeOptions& options);
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }

  /// Begins to decode at `eighths` / 8 of the size: 8, 4, 2 or 1. Sides are rounded up.
  void start(unsigned eighths = 8);
  /// The same at full size with the coefficients that were kept when `bytes` were encoded; finish()
  /// must not be called.
  void start(JpegCoefficients& coefficients);
  /// libjpeg-turbo 2.1 cuts reduced pictures wrongly where chroma has a fourth of the columns.
  bool can_crop() const noexcept { return jpeg_.scale_num == 8 || jpeg_.max_h_samp_factor <= 2; }
  /// After start(), if can_crop(): only these columns, which are widened to whole MCUs. Pixels are
  /// those of the whole picture but for up to kCropMargin columns at the cut sides, which lack
  /// their neighbours.
  Columns crop(Columns wanted);
  static constexpr std::uint32_t kCropMargin = 2;

  std::uint32_t width() const noexcept { return jpeg_.output_width; }    ///< scaled and cut
  std::uint32_t height() const noexcept { return jpeg_.output_height; }  ///< scaled
  std::uint32_t channels() const noexcept { return gray_ ? 1 : 3; }
  std::uint32_t next_row() const noexcept { return jpeg_.output_scanline; }

  /// Passes rows over; their entropy-coded data are decoded, their pixels are not.
  void skip(std::uint32_t rows);
  /// The next `count` rows of width() pixels, `stride` bytes apart.
  void read(std::uint8_t* out, std::size_t stride, std::uint32_t count);
  /// Reads what is left of the picture, for the damage in it, and its end.
  void finish();

  const JpegErrors& faults() const noexcept { return errors_; }

 private:
  explicit JpegReader(const DecodeOptions& options);
  void start_decompress(unsigned eighths);
  void read_inks(std::uint8_t* out, std::size_t stride, std::uint32_t count);
  template <class Work>
  void guard(Work work) {
    guard_jpeg(errors_, work);
  }

  JpegErrors errors_;
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct jpeg_{};
  JpegHuffman huffman_;
  bool gray_;
  std::vector<std::uint8_t> inks_;  // a row of CMYK
};

}  // namespace dsprep
