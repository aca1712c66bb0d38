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

std::vector<std::string> shard_suffixes(Container container, const Schema& schema) {
  if (container == Container::kWds) return {".tar"};
  if (container == Container::kLmdb) return {".lmdb"};
  std::vector<std::string> suffixes;
  for (const Field& field : schema.fields) {
    suffixes.push_back("." + field.name + ".npy");
    if (field.ragged()) suffixes.push_back("." + field.name + ".offsets.npy");
    if (field.ragged() && field.shape.size() > 1)
      suffixes.push_back("." + field.name + ".shapes.npy");
  }
  suffixes.push_back(".key.npy");
  return suffixes;
}

}  // namespace dsprep
