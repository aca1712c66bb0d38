#include "dsprep/image_rows.h"

#include <cstring>

#include "lib/image/row_source.h"

namespace dsprep {
namespace {

// A picture that had to be decoded at once.
class DecodedRows final : public RowSource {
 public:
  DecodedRows(Bytes bytes, const DecodeOptions& options) {
    info_ = ImageDecoder().decode(bytes, options, image_);
  }
  void read(std::uint8_t* out, std::size_t stride, std::uint32_t count) override {
    for (std::uint32_t y = 0; y < count; ++y) {
      std::memcpy(out + y * stride, image_.row(next_++), image_.row_bytes());
    }
  }
  void finish(ImageInfo& info) override { info = info_; }

 private:
  Image image_;
  ImageInfo info_;
  std::uint32_t next_ = 0;
};

}  // namespace

ImageRows::ImageRows(Bytes bytes, const DecodeOptions& options)
    : info_(inspect_image(bytes, options.limits)),
      channels_(options.color == ColorMode::kGray ? 1 : 3) {
  const bool turn = options.apply_orientation && info_.orientation != 1;
  const bool swap = turn && info_.orientation >= 5;
  width_ = swap ? info_.height : info_.width;
  height_ = swap ? info_.width : info_.height;
  const OpenRows open = turn ? nullptr : row_opener(info_.format);
  if (open != nullptr) source_ = open(bytes, options, info_);
  if (!source_) source_ = std::make_unique<DecodedRows>(bytes, options);
}

ImageRows::~ImageRows() = default;
ImageRows::ImageRows(ImageRows&&) noexcept = default;
ImageRows& ImageRows::operator=(ImageRows&&) noexcept = default;

void ImageRows::read(std::span<std::uint8_t> out) {
  const std::size_t rows = out.size() / row_bytes();
  if (rows * row_bytes() != out.size() || rows > height_ - next_) {
    throw Error(ErrorCode::kUsage, "rows are read whole, and not beyond the last one");
  }
  if (!source_) throw Error(ErrorCode::kUsage, "rows behind damage, or behind the last one");
  if (rows == 0) return;
  std::unique_ptr<RowSource> source = std::move(source_);  // gone for good where it throws
  source->read(out.data(), row_bytes(), static_cast<std::uint32_t>(rows));
  next_ += static_cast<std::uint32_t>(rows);
  if (next_ < height_) {
    source_ = std::move(source);
  } else {
    source->finish(info_);
  }
}

}  // namespace dsprep
