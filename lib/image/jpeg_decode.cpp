// JPEG to pixels: all of a picture, or row by row.
#include "lib/image/jpeg_reader.h"
#include "lib/image/row_source.h"

namespace dsprep {
namespace {

void start_checked(JpegReader& reader, const ImageInfo& info) {
  reader.start();
  if (reader.width() == info.width && reader.height() == info.height) return;
  throw Error(ErrorCode::kCorrupt, "JPEG: the decoder sees another size than the header check");
}

class JpegRows final : public RowSource {
 public:
  JpegRows(Bytes bytes, const DecodeOptions& options, const ImageInfo& info)
      : reader_(bytes, options) {
    start_checked(reader_, info);
  }
  void read(std::uint8_t* out, std::size_t stride, std::uint32_t count) override {
    reader_.read(out, stride, count);
  }
  void finish(ImageInfo& info) override {
    reader_.finish();
    reader_.faults().count_into(info);
  }

 private:
  JpegReader reader_;
};

}  // namespace

void decode_jpeg(Bytes bytes, const DecodeOptions& options, ImageInfo& info, Image& out) {
  JpegReader reader(bytes, options);
  start_checked(reader, info);
  out.reshape(info.width, info.height, reader.channels());
  reader.read(out.pixels.data(), out.row_bytes(), info.height);
  reader.finish();
  reader.faults().count_into(info);
}

std::unique_ptr<RowSource> open_jpeg_rows(Bytes bytes, const DecodeOptions& options,
                                          const ImageInfo& info) {
  return std::make_unique<JpegRows>(bytes, options, info);
}

std::string jpeg_version() {
#define DSPREP_TEXT_OF(x) #x
#define DSPREP_TEXT(x) DSPREP_TEXT_OF(x)
  return "libjpeg-turbo " DSPREP_TEXT(LIBJPEG_TURBO_VERSION);
#undef DSPREP_TEXT
#undef DSPREP_TEXT_OF
}

}  // namespace dsprep
