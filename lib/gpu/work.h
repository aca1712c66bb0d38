// Work: one transform of the device: what it needs of each sample from the host, what tensors it
// makes, and its job. Immutable; one a GpuLoader.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dsprep/device_transform.h"
#include "dsprep/loader.h"
#include "lib/gpu/device.h"

namespace dsprep::cuda {

/// A tensor that work makes.
struct Made {
  std::string name;
  ElementType type = ElementType::kFloat32;
  Shape shape;
};

/// A batch on its way: its tensors on the host, and where each of them is on the device.
class Arrival {
 public:
  Arrival(std::span<const Tensor> tensors, std::span<const std::byte* const> places,
          std::size_t rows)
      : tensors_(tensors), places_(places), rows_(rows) {}
  std::size_t rows() const noexcept { return rows_; }
  const Tensor* find(std::string_view name) const noexcept;
  /// Throws kUsage where the batch has no such tensor: another collate than stack().
  const Tensor& tensor(std::string_view name) const;
  const void* place(std::string_view name) const;

 private:
  std::span<const Tensor> tensors_;
  std::span<const std::byte* const> places_;  // empty before memory is there
  std::size_t rows_;
};

class Work {
 public:
  virtual ~Work() = default;
  /// Tensors of the batch that are not shown any more.
  virtual bool takes(std::string_view tensor) const noexcept = 0;
  /// From the host's side of the batch alone. Throws kUsage where the batch does not suit.
  virtual std::vector<Made> makes(const Arrival& batch) const = 0;
  /// `out`: where its tensors are, in their order.
  virtual void run(Device& device, Stream stream, const Arrival& batch, std::span<const Made> made,
                   std::span<std::byte* const> out) const = 0;
};

/// Checks the options against the samples of `from` under `loader`, and adds to `loader` what draws
/// on the host. Throws kUsage.
std::unique_ptr<Work> make_work(const DeviceTransform& transform, const Source& from,
                                LoaderOptions& loader);
std::unique_ptr<Work> pixel_work(const PixelOptions& options, const Source& from,
                                 LoaderOptions& loader);
std::unique_ptr<Work> token_work(const TokenOptions& options, const Source& from,
                                 LoaderOptions& loader);

/// The field as the loader's transforms leave it.
struct LoadedField {
  Field field;
  bool transformed = false;
};
LoadedField loaded_field(const Source& from, const LoaderOptions& loader, const std::string& name);

}  // namespace dsprep::cuda
