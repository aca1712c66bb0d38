#include <algorithm>
#include <array>

#include "dsprep/shard.h"

namespace dsprep {
namespace {
constexpr std::array kContainers = {"memmap", "lmdb", "wds"};
}

std::string_view container_name(Container container) noexcept {
  return kContainers[static_cast<std::size_t>(container)];
}

std::optional<Container> container_from_name(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kContainers, name);
  if (found == kContainers.end()) return std::nullopt;
  return static_cast<Container>(found - kContainers.begin());
}

}  // namespace dsprep
