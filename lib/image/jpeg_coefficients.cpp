#include "lib/image/jpeg_coefficients.h"

#include <algorithm>

// libjpeg's inner interfaces: the coder of one MCU is a function that may be replaced.
#define JPEG_INTERNALS
#include <jpegint.h>

namespace dsprep {

void JpegCoefficients::keep_from(jpeg_compress_struct& jpeg) {
  const std::size_t mcus = std::size_t{jpeg.MCUs_per_row} * jpeg.MCU_rows_in_scan;
  values_.resize(mcus * static_cast<std::size_t>(jpeg.blocks_in_MCU) * DCTSIZE2);
  next_ = values_.data();
  encode_ = jpeg.entropy->encode_mcu;
  jpeg.client_data = this;
  jpeg.entropy->encode_mcu = keep;
}

void JpegCoefficients::give_to(jpeg_decompress_struct& jpeg) {
  next_ = values_.data();
  jpeg.client_data = this;
  jpeg.entropy->decode_mcu = give;
}

boolean JpegCoefficients::keep(j_compress_ptr jpeg, JBLOCKROW* blocks) {
  auto& self = *static_cast<JpegCoefficients*>(jpeg->client_data);
  for (int i = 0; i < jpeg->blocks_in_MCU; ++i)
    self.next_ = std::copy_n(*blocks[i], DCTSIZE2, self.next_);
  return self.encode_(jpeg, blocks);
}

boolean JpegCoefficients::give(j_decompress_ptr jpeg, JBLOCKROW* blocks) {
  auto& self = *static_cast<JpegCoefficients*>(jpeg->client_data);
  for (int i = 0; i < jpeg->blocks_in_MCU; ++i) {
    std::copy_n(self.next_, DCTSIZE2, *blocks[i]);
    self.next_ += DCTSIZE2;
  }
  return TRUE;
}

}  // namespace dsprep
