// PixelTally: counts the pixels that readers will get of train's pictures, while one thread makes
// them.
#pragma once

#include <memory>

#include "dsprep/image_transform.h"
#include "tools/ingest/batch.h"
#include "tools/ingest/plan.h"

namespace dsprep {

class PixelTally {
 public:
  /// Of the pictures that `workspace`, which outlives it, is used for. Requires:
  /// transform.shows_stored().
  PixelTally(const Plan& plan, const ImageTransform& transform, ImageWorkspace& workspace);
  PixelTally(const PixelTally&) = delete;
  PixelTally& operator=(const PixelTally&) = delete;

  /// The next picture that is encoded is one of this split,
  void begin(std::uint32_t split);
  /// and has become a sample.
  void end() noexcept { samples_ += counting_ ? 1 : 0; }
  /// Hands over what was counted.
  void move_to(Batch& batch);

 private:
  ImageWorkspace& workspace_;
  std::uint32_t train_;
  PixelCounter counter_;
  bool counting_ = false;
  std::uint64_t samples_ = 0;
};

/// Null where nobody asks, or stored pictures would have to be decoded.
std::unique_ptr<PixelTally> make_tally(bool wanted, const Plan& plan,
                                       const ImageTransform& transform, ImageWorkspace& workspace);

}  // namespace dsprep
