// Draws: transforms on the host that tell the device what to do with each sample. A bad sample's
// draw is zero, as all its fields are. Immutable, shared by all threads.
#pragma once

#include "dsprep/device_transform.h"
#include "dsprep/transform.h"

namespace dsprep::cuda {

/// FIELD_draw: a PixelDraw of each picture. Pictures of fixed shape are not looked at; others go
/// through this transform.
TransformPtr pixel_draws(const PixelOptions& options, const Field& field);
/// What the augmentation on the host would be called with; checks the options (kUsage).
AugmentOptions augment_options(const PixelOptions& options);

/// FIELD_made: 1, uint8.
TransformPtr made_marks(const std::string& field);

}  // namespace dsprep::cuda
