// A picture row by row from the top, so that one larger than memory allows can be cut into tiles.
// One thread at a time.
//
// What is held besides the rows asked for: a few rows for baseline JPEG, plain PNG, PNM and TIFF (a
// strip, or a row of TIFF's tiles); the coefficients for progressive JPEG (two bytes a sample); all
// pixels for whatever must be turned upright, for interlaced PNG, and for the other formats.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "dsprep/image.h"

namespace dsprep {

class RowSource;

class ImageRows {
 public:
  /// Reads the header; `bytes` must outlive this. Throws as inspect_image, and kUnsupportedFormat.
  explicit ImageRows(Bytes bytes, const DecodeOptions& options = {});
  ~ImageRows();
  ImageRows(ImageRows&&) noexcept;
  ImageRows& operator=(ImageRows&&) noexcept;

  /// The header; warnings grow while rows are read.
  const ImageInfo& info() const noexcept { return info_; }
  std::uint32_t width() const noexcept { return width_; }    ///< upright
  std::uint32_t height() const noexcept { return height_; }  ///< upright
  std::uint32_t channels() const noexcept { return channels_; }
  std::size_t row_bytes() const noexcept { return std::size_t{width_} * channels_; }
  /// Number of the row that is read next; height() at the end.
  std::uint32_t next_row() const noexcept { return next_; }

  /// The next out.size() / row_bytes() rows: the same pixels as decode_image gives. With the last
  /// row, what follows it in the file is checked too. Throws kUsage (a part of a row, or more rows
  /// than are left), and as decode_image; after that nothing more can be read.
  void read(std::span<std::uint8_t> out);

 private:
  ImageInfo info_;
  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
  std::uint32_t channels_ = 3;
  std::uint32_t next_ = 0;
  std::unique_ptr<RowSource> source_;
};

}  // namespace dsprep
