#include "dsprep/image_transform.h"

#include "dsprep/error.h"

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
  if (options.resize && !options.resize->one_side()) {
    shape[0] = options.resize->height;
    shape[1] = options.resize->width;
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
  workspace.info_ = workspace.decoder_.decode(input, decode, workspace.decoded_);
  if (!options_.resize) return workspace.decoded_;
  const Image& image = workspace.decoded_;
  const ResizePlan plan = plan_resize(image.width, image.height, *options_.resize, *options_.fit);
  require_size(plan, options_.max_pixels);
  resize(image, plan, options_.filter, options_.background, workspace.scratch_, workspace.resized_);
  return workspace.resized_;
}

FieldValue ImageTransform::keep(Bytes input, ImageWorkspace& workspace) const {
  if (options_.check == ImageCheck::kDecode) {
    render(input, workspace);
  } else {
    workspace.info_ = inspect_image(input, {options_.max_pixels, options_.lenient});
  }
  return {input, Shape{input.size()}};
}

FieldValue ImageTransform::apply(Bytes input, ImageWorkspace& workspace) const {
  if (options_.encode == ImageEncode::kKeep) return keep(input, workspace);
  return encode(render(input, workspace), workspace);
}

FieldValue ImageTransform::encode(const Image& image, ImageWorkspace& workspace) const {
  switch (*options_.encode) {
    case ImageEncode::kJpeg:
      encode_jpeg(image, options_.jpeg, workspace.encoded_);
      return encoded(workspace.encoded_);
    case ImageEncode::kPng:
      encode_png(image, workspace.encoded_);
      return encoded(workspace.encoded_);
    case ImageEncode::kWebp:
      encode_webp(image, options_.webp_quality, workspace.encoded_);
      return encoded(workspace.encoded_);
    default:
      return {image.bytes(), Shape{image.height, image.width, image.channels}};
  }
}

}  // namespace dsprep
