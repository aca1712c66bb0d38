#include "tools/ingest/pixel_tally.h"

#include <utility>

namespace dsprep {
namespace {

std::size_t channels_of(const Field& field) {
  return field.encoding == Encoding::kImage ? 3 : static_cast<std::size_t>(field.shape.at(2));
}

}  // namespace

PixelTally::PixelTally(const Plan& plan, const ImageTransform& transform, ImageWorkspace& workspace)
    : workspace_(workspace),
      train_(plan.train_split()),
      counter_(channels_of(transform.field()), true) {}

void PixelTally::begin(std::uint32_t split) {
  counting_ = split == train_;
  PixelSink sink;
  if (counting_) sink = [this](std::span<const std::uint8_t> pixels) { counter_.add(pixels); };
  workspace_.show_stored(std::move(sink));
}

void PixelTally::move_to(Batch& batch) {
  if (samples_ == 0) return;
  batch.pixels = {std::exchange(samples_, 0), counter_.take()};
}

std::unique_ptr<PixelTally> make_tally(bool wanted, const Plan& plan,
                                       const ImageTransform& transform, ImageWorkspace& workspace) {
  if (!wanted || !transform.shows_stored()) return nullptr;
  return std::make_unique<PixelTally>(plan, transform, workspace);
}

}  // namespace dsprep
