// Pictures on the device: from options and a batch to a PixelJob.
#include "dsprep/error.h"
#include "lib/gpu/draws.h"
#include "lib/gpu/pixel_straight.h"
#include "lib/gpu/work.h"

namespace dsprep::cuda {
namespace {

[[noreturn]] void refuse(const std::string& field, const std::string& why) {
  throw Error(ErrorCode::kUsage, why, {.field = field});
}

std::uint32_t small(std::int64_t extent) { return static_cast<std::uint32_t>(extent); }

PixelType pixel_type(const PixelOptions& options) {
  switch (options.type) {
    case ElementType::kFloat32:
      return PixelType::kFloat;
    case ElementType::kFloat16:
      return PixelType::kHalf;
    case ElementType::kBfloat16:
      return PixelType::kBrain;
    default:
      refuse(options.field, "pixels become float32, float16 or bfloat16 on the device, not " +
                                std::string(element_name(options.type)));
  }
}

class PixelWork final : public Work {
 public:
  PixelWork(const PixelOptions& options, const Field& field)
      : options_(options),
        ragged_(field.ragged()),
        offsets_(field.name + "_offsets"),
        shapes_(field.name + "_shapes"),
        draws_(field.name + "_draw") {
    const bool crop = options.crop != DeviceCrop::kNone;
    job_.rank = static_cast<std::uint32_t>(field.shape.size());
    job_.channels = job_.rank == 3 ? small(field.shape[2]) : 1;
    job_.in_height = ragged_ ? 0 : small(field.shape[0]);
    job_.in_width = ragged_ ? 0 : small(field.shape[1]);
    job_.width = crop ? options.width : job_.in_width;
    job_.height = crop ? options.height : job_.in_height;
    job_.type = pixel_type(options);
    job_.planes = options.layout == TensorLayout::kNchw;
    job_.resample = crop;
    const unsigned run = job_.type == PixelType::kFloat ? kRun<float> : kRun<Half>;
    const std::uint64_t unit =
        options.flip > 0 ? job_.width : std::uint64_t{job_.width} * job_.height;
    job_.whole = !crop && unit % run == 0;
    for (std::size_t c = 0; c < 3; ++c) {  // as ImageAugment has them
      const double std = options.std[c];
      job_.gain[c] = static_cast<float>(1.0 / (255.0 * std));
      job_.offset[c] = static_cast<float>(-static_cast<double>(options.mean[c]) / std);
    }
  }

  bool takes(std::string_view tensor) const noexcept override {
    return tensor == options_.field || tensor == draws_ ||
           (ragged_ && (tensor == offsets_ || tensor == shapes_));
  }

  std::vector<Made> makes(const Arrival& batch) const override {
    const std::uint64_t rows = batch.rows();
    if (batch.tensor(draws_).shape[0] != rows ||
        batch.tensor(options_.field).dtype != DType::kUint8)
      refuse(options_.field, "pictures on the device need a sample a row");
    const Shape shape = job_.planes ? Shape{rows, job_.channels, job_.height, job_.width}
                                    : Shape{rows, job_.height, job_.width, job_.channels};
    return {{options_.field, options_.type, shape}};
  }

  void run(Device& device, Stream stream, const Arrival& batch, std::span<const Made>,
           std::span<std::byte* const> out) const override {
    PixelJob job = job_;
    job.rows = static_cast<std::uint32_t>(batch.rows());
    job.pixels = static_cast<const std::uint8_t*>(batch.place(options_.field));
    job.draws = static_cast<const PixelDraw*>(batch.place(draws_));
    if (ragged_) {
      job.offsets = static_cast<const std::int64_t*>(batch.place(offsets_));
      job.shapes = static_cast<const std::int64_t*>(batch.place(shapes_));
    }
    job.out = out[0];
    device.run(job, stream);
  }

 private:
  PixelOptions options_;
  bool ragged_;
  std::string offsets_, shapes_, draws_;
  PixelJob job_{};
};

}  // namespace

std::unique_ptr<Work> pixel_work(const PixelOptions& options, const Source& from,
                                 LoaderOptions& loader) {
  const LoadedField loaded = loaded_field(from, loader, options.field);
  const Field& field = loaded.field;
  const std::size_t rank = field.shape.size();
  if (field.dtype != DType::kUint8 || field.encoding != Encoding::kArray || rank < 2 || rank > 3 ||
      (rank == 3 && field.shape[2] != 1 && field.shape[2] != 3)) {
    throw Error(ErrorCode::kUsage,
                "the device takes raw uint8 pictures (H, W) or (H, W, C) of 1 or 3 channels",
                {.field = field.name},
                "decode on the host: augment() with PixelLayout::kByteHwc, or raw shards");
  }
  if (field.ragged() && options.crop == DeviceCrop::kNone)
    refuse(field.name, "pictures of different sizes need a crop to come to one");
  if (field.ragged() && loaded.transformed)
    refuse(field.name, "pictures of different sizes must come from the source, not a transform");
  auto work = std::make_unique<PixelWork>(options, field);
  loader.transform.push_back(pixel_draws(options, field));
  return work;
}

}  // namespace dsprep::cuda
