// JpegCoefficients: what an encoder hands to its entropy coder, kept, so that the picture can be
// decoded at once without reading a code. Entropy coding loses nothing: the pixels are those of the
// encoded bytes. One picture at a time.
#pragma once

#include <cstddef>
#include <cstdio>
#include <vector>

// jpeglib.h names FILE and size_t without including what declares them, so it comes last.
#include <jpeglib.h>  // NOLINT

#include "dsprep/image.h"

namespace dsprep {

class JpegCoefficients {
 public:
  JpegCoefficients() = default;
  JpegCoefficients(const JpegCoefficients&) = delete;
  JpegCoefficients& operator=(const JpegCoefficients&) = delete;

  /// Keeps the blocks of all MCUs on their way. Takes client_data. Requires: jpeg_start_compress()
  /// has returned, nothing is written yet; one sequential scan.
  void keep_from(jpeg_compress_struct& jpeg);
  /// Gives them to a decoder in place of its entropy decoder. Takes client_data. Requires: the
  /// picture was kept whole; jpeg_start_decompress() has returned for its encoded bytes. Nothing is
  /// consumed of these, so that jpeg_finish_decompress() must not be called.
  void give_to(jpeg_decompress_struct& jpeg);

 private:
  static boolean keep(j_compress_ptr jpeg, JBLOCKROW* blocks);
  static boolean give(j_decompress_ptr jpeg, JBLOCKROW* blocks);

  std::vector<JCOEF> values_;
  JCOEF* next_ = nullptr;
  boolean (*encode_)(j_compress_ptr, JBLOCKROW*) = nullptr;
};

/// encode_jpeg(), and keeps the coefficients.
void encode_jpeg(const Image& image, const JpegOptions& options, std::vector<std::byte>& out,
                 JpegCoefficients& kept);

}  // namespace dsprep
