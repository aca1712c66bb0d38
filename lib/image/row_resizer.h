// Resizing as rows arrive: an output row is made as soon as its source rows are there, so that a
// decoder's rows are used while they are in the cache, and no large picture need stand in memory.
#pragma once

#include <vector>

#include "lib/image/resize_kernels.h"

namespace dsprep {

/// Box and triangle give the same within rounding in either order of the passes: the one with less
/// work. Lanczos' lobes are clipped between the passes, so that the order shows: it is Pillow's.
bool rows_come_first(std::uint32_t width, std::uint32_t height, const ResizePlan& plan,
                     Filter filter) noexcept;

/// One thread at a time. `out` gets the size of the weights.
class RowResizer {
 public:
  /// Rows that are pushed begin with source column `origin`.
  RowResizer(const ResizeWeights& across, const ResizeWeights& down, bool rows_first,
             std::uint32_t origin, std::uint32_t channels, ResizeScratch& scratch, Image& out);

  /// Source rows [down.source_begin(), down.source_end()) in their order. A row and kSlack bytes
  /// behind it stay readable until keeps() further rows are pushed.
  void push(const std::uint8_t* row);
  std::uint32_t keeps() const noexcept { return down_.taps; }

 private:
  const std::uint8_t* squeezed(const std::uint8_t* row);
  void squeeze(const std::uint8_t* row, std::uint32_t origin, std::uint8_t* out) const;
  void emit();

  const ResizeKernels& kernels_;
  const ResizeWeights& across_;
  const ResizeWeights& down_;
  bool rows_first_;
  std::uint32_t origin_;
  ResizeScratch& scratch_;
  Image& out_;
  std::uint32_t next_in_;
  std::uint32_t next_out_ = 0;
  std::vector<const std::uint8_t*> recent_;  // the last `taps` rows, by their number modulo taps
  std::vector<const std::uint8_t*> rows_;    // those of one output row
};

}  // namespace dsprep
