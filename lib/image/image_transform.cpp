#include "dsprep/image_transform.h"

#include <utility>

#include "dsprep/error.h"
#include "lib/image/resample.h"
#include "lib/image/stored_pixels.h"

namespace dsprep {
namespace {

std::int64_t channels_of(const ImageOptions& options) {
  return options.color == ColorMode::kGray ? 1 : 3;
}

Field field_of(const ImageOptions& options) {
  if (options.encode != ImageEncode::kRaw) {
    return {.name = "image", .dtype = DType::kUint8, .shape = {-1}, .encoding = Encoding::kImage};
  }
  std::vector<std::int64_t> shape = {-1, -1, channels_of(options)};
  const std::optional<ResizeSpec>& size = options.crop ? options.crop : options.resize;
  if (size && !size->one_side()) {
    shape[0] = size->height;
    shape[1] = size->width;
  }
  return {.name = "image", .dtype = DType::kUint8, .shape = std::move(shape)};
}

void require_size(const ResizePlan& plan, std::uint64_t max_pixels) {
  if (std::uint64_t{plan.width} * plan.height <= max_pixels) return;
  throw Error(ErrorCode::kTooLarge,
              "--resize would make " + std::to_string(plan.width) + " x " +
                  std::to_string(plan.height) + " pixels of it, more than --max-pixels",
              {}, "use another --fit, or raise --max-pixels");
}

FieldValue encoded(const std::vector<std::byte>& bytes) { return {bytes, Shape{bytes.size()}}; }

}  // namespace

ImageWorkspace::ImageWorkspace() : memory_(std::make_unique<ResampleMemory>()) {}
ImageWorkspace::~ImageWorkspace() = default;
ImageWorkspace::ImageWorkspace(ImageWorkspace&&) noexcept = default;
ImageWorkspace& ImageWorkspace::operator=(ImageWorkspace&&) noexcept = default;

void ImageWorkspace::show_stored(PixelSink sink) {
  if (!stored_) stored_ = std::make_unique<StoredPixels>();
  stored_->sink = std::move(sink);
}

ImageTransform::ImageTransform(const ImageOptions& options) {
  options.validate();
  options_ = options.effective();
  field_ = field_of(options_);
}

const Image& ImageTransform::render(Bytes input, ImageWorkspace& workspace) const {
  const DecodeOptions decode{
      .color = options_.color,
      .background = options_.background,
      .limits = {.max_pixels = options_.max_pixels, .lenient = options_.lenient}};
  ImageInfo& info = workspace.info_;
  Image& pixels = workspace.pixels_;
  if (!options_.resize) {
    info = workspace.memory_->decoder.decode(input, decode, pixels);
    return pixels;
  }
  info = inspect_image(input, decode.limits);
  std::uint32_t width = info.width;
  std::uint32_t height = info.height;
  if (info.orientation >= 5) std::swap(width, height);
  ResizePlan plan = plan_resize(width, height, *options_.resize, *options_.fit);
  if (options_.crop) crop_center(plan, *options_.crop);
  require_size(plan, options_.max_pixels);
  decode_resampled(input, decode, info, resample_of(width, height, plan, options_.filter), true,
                   *workspace.memory_, pixels);
  if (!needs_canvas(plan)) return pixels;
  put_on_canvas(pixels, plan, options_.background, workspace.canvas_);
  return workspace.canvas_;
}

FieldValue ImageTransform::keep(Bytes input, ImageWorkspace& workspace) const {
  if (options_.check == ImageCheck::kDecode) {
    const Image& image = render(input, workspace);
    if (StoredPixels* const stored = asked(workspace)) stored->show_rgb(image);
  } else {
    workspace.info_ = inspect_image(input, {options_.max_pixels, options_.lenient});
  }
  return {input, Shape{input.size()}};
}

FieldValue ImageTransform::apply(Bytes input, ImageWorkspace& workspace) const {
  if (options_.encode == ImageEncode::kKeep) return keep(input, workspace);
  return encode(render(input, workspace), workspace);
}

bool ImageTransform::decodes_as_readers_do() const noexcept {
  const ImageOptions readers;
  return options_.color == readers.color && options_.background == readers.background &&
         !options_.lenient;
}

StoredPixels* ImageTransform::asked(ImageWorkspace& workspace) noexcept {
  return workspace.stored_ && workspace.stored_->sink ? workspace.stored_.get() : nullptr;
}

bool ImageTransform::shows_stored() const noexcept {
  if (options_.encode == ImageEncode::kKeep)
    return options_.check == ImageCheck::kDecode && decodes_as_readers_do();
  return options_.encode == ImageEncode::kRaw || options_.encode == ImageEncode::kPng ||
         options_.encode == ImageEncode::kJpeg;
}

FieldValue ImageTransform::encode(const Image& image, ImageWorkspace& workspace) const {
  StoredPixels* const stored = asked(workspace);
  switch (*options_.encode) {
    case ImageEncode::kJpeg:
      if (stored != nullptr) {
        stored->encode_jpeg(image, options_.jpeg, workspace.encoded_);
      } else {
        encode_jpeg(image, options_.jpeg, workspace.encoded_);
      }
      return encoded(workspace.encoded_);
    case ImageEncode::kPng:
      if (stored != nullptr) stored->show_rgb(image);
      encode_png(image, workspace.encoded_);
      return encoded(workspace.encoded_);
    case ImageEncode::kWebp:
      encode_webp(image, options_.webp_quality, workspace.encoded_);
      return encoded(workspace.encoded_);
    default:
      if (stored != nullptr) stored->sink(image.pixels);
      return {image.bytes(), Shape{image.height, image.width, image.channels}};
  }
}

}  // namespace dsprep
