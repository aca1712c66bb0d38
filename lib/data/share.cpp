#include "lib/data/share.h"

#include <algorithm>
#include <string>

#include "dsprep/error.h"

namespace dsprep {

Share::Share(const Topology& topology, std::uint64_t rows, std::uint64_t first)
    : topology_(topology), rows_(rows), first_(std::min(first, rows)) {
  const std::uint64_t world = topology.world;
  if (world == 0 || topology.rank >= world)
    throw Error(ErrorCode::kUsage, "rank " + std::to_string(topology.rank) + " of world " +
                                       std::to_string(world) + " cannot be");
  if (topology_.batch == 0)
    topology_.batch = std::max<std::uint64_t>(1, (rows + world - 1) / world);
  if (__builtin_mul_overflow(topology_.batch, world, &global_))
    throw Error(ErrorCode::kUsage, "the global batch, batch size times world, is over 64 bits");
  const std::uint64_t left = rows_ - first_, rest = left % global_;
  steps_ = left / global_ + (rest != 0 && topology.tail != Tail::kDrop ? 1 : 0);
  if (topology.tail == Tail::kKeep && rest != 0 && rest < world) {
    throw Error(ErrorCode::kUsage,
                "the last global batch has " + std::to_string(rest) + " rows for " +
                    std::to_string(world) + " ranks: some would get an empty batch",
                {}, "set drop_last (training) or pad_last (evaluation)");
  }
}

std::uint64_t Share::rows(std::uint64_t step) const noexcept {
  const std::uint64_t all = wanted(step), world = topology_.world;
  if (topology_.tail == Tail::kPad) return (all + world - 1) / world;
  return (all - topology_.rank + world - 1) / world;
}

std::uint64_t Share::end(std::uint64_t step) const noexcept {
  return first_ + step * global_ + wanted(step);
}

std::uint64_t Share::valid_rows() const noexcept {
  if (steps_ == 0) return 0;
  const std::uint64_t last = wanted(steps_ - 1);
  const std::uint64_t mine =
      last <= topology_.rank ? 0 : (last - topology_.rank - 1) / topology_.world + 1;
  return (steps_ - 1) * topology_.batch + mine;
}

}  // namespace dsprep
