// Transform: makes fields out of fields, straight into the batch's memory. A transform is immutable
// and shared by all threads; what it needs to write to is its workspace, one a thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dsprep/draw.h"
#include "dsprep/sample.h"
#include "dsprep/schema.h"

namespace dsprep {

/// Where a transform writes one of its outputs: exactly the shape's bytes, at a multiple of the
/// dtype's size. What was there before is anything.
struct TransformOutput {
  Shape shape;
  std::span<std::byte> bytes;
  template <class T>
  std::span<T> as() const {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

class Transform {
 public:
  /// A thread's own memory; derive what is needed.
  struct Workspace {
    virtual ~Workspace() = default;
  };

  virtual ~Transform() = default;
  /// Names of the fields it reads. They do not appear in the batch unless it gives them out again.
  virtual std::vector<std::string> inputs() const = 0;
  /// What it makes of them; extents of -1 differ from sample to sample. Throws kUsage where the
  /// fields do not suit it.
  virtual std::vector<Field> outputs(std::span<const Field> inputs) const = 0;
  /// Shapes of one sample's outputs from those of its inputs, before anything is read. Asked only
  /// where an output has an extent of -1.
  virtual void shapes(std::span<const Shape> inputs, std::span<Shape> outputs) const;
  /// May be null.
  virtual std::unique_ptr<Workspace> workspace() const { return nullptr; }
  /// Makes one sample. Randomness: Draw(key, stream) with any streams, and nothing else; the key is
  /// this transform's own (its seed is mixed with `number`, the transform's place). Inputs are
  /// views, aligned to nothing. May throw; the loader adds which sample it was.
  virtual void apply(std::span<const Tensor> inputs, const DrawKey& key, std::uint64_t number,
                     Workspace* workspace, std::span<const TransformOutput> outputs) const = 0;
};

using TransformPtr = std::shared_ptr<const Transform>;

struct AugmentOptions;

/// What a training step sees of an encoded picture: crop, resize, flip, jitter, normalise, decoded
/// straight into the batch (see augment.h). Also of raw uint8 (H, W, C) pixels.
TransformPtr augment(const AugmentOptions& options, std::string field = "image");

/// A transform of one field by a function.
using FieldFunction = std::function<void(const Tensor& input, const DrawKey& key,
                                         std::uint64_t number, const TransformOutput& output)>;
TransformPtr map_field(std::string input, Field output, FieldFunction function);

/// uint8 pixels to (pixel / 255 - mean) / deviation as float32 CHW, from HWC or CHW of three or one
/// channels; fixed shapes only. The same bits with every SIMD path.
struct NormalizeOptions {
  std::string field = "image";
  std::array<float, 3> mean = {0.485F, 0.456F, 0.406F};  ///< ImageNet's, as torchvision documents
  std::array<float, 3> deviation = {0.229F, 0.224F, 0.225F};
};
TransformPtr normalize(NormalizeOptions options = {});

/// n + 1 tokens to `input_ids` and, one further, `targets`, n int64 each.
TransformPtr next_token(std::string field = "tokens");

}  // namespace dsprep
