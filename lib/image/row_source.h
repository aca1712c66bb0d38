// Where rows of pixels come from: one implementation for each format that can be read row by row.
#pragma once

#include <memory>

#include "lib/image/codec.h"

namespace dsprep {

/// One thread at a time.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// The next `count` rows, `stride` bytes apart. Requires: that many are left.
  virtual void read(std::uint8_t* out, std::size_t stride, std::uint32_t count) = 0;
  /// After the last row: checks what follows it, and counts the faults that were met.
  virtual void finish(ImageInfo& info) = 0;
};

/// Pixels as stored, orientation not applied. `info` is what the header check gave; `bytes` must
/// outlive the source. Empty where this picture cannot be read row by row.
using OpenRows = std::unique_ptr<RowSource> (*)(Bytes bytes, const DecodeOptions& options,
                                                const ImageInfo& info);

std::unique_ptr<RowSource> open_jpeg_rows(Bytes, const DecodeOptions&, const ImageInfo&);
std::unique_ptr<RowSource> open_png_rows(Bytes, const DecodeOptions&, const ImageInfo&);
std::unique_ptr<RowSource> open_tiff_rows(Bytes, const DecodeOptions&, const ImageInfo&);
std::unique_ptr<RowSource> open_pnm_rows(Bytes, const DecodeOptions&, const ImageInfo&);

/// The row reader of a format; null where it has none.
OpenRows row_opener(ImageFormat format) noexcept;

}  // namespace dsprep
