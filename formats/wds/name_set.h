// NameSet: finds out whether a name came before, in 11 to 22 bytes a name.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dsprep/checksum.h"

namespace dsprep {

/// A set of names by their XXH3-64, with open addressing. Two different names with one hash would
/// pass for one: among a million names the chance is 3 in 10^8.
class NameSet {
 public:
  /// False where the name is in already.
  bool insert(std::string_view name) {
    if (4 * (count_ + 1) > 3 * slots_.size()) grow();
    const std::uint64_t hash = xxh3_64(as_bytes(name));
    return place(hash == kFree ? 1 : hash);
  }

 private:
  static constexpr std::uint64_t kFree = 0;

  bool place(std::uint64_t hash) {
    const std::uint64_t mask = slots_.size() - 1;
    std::uint64_t at = hash & mask;
    while (slots_[at] != kFree) {
      if (slots_[at] == hash) return false;
      at = (at + 1) & mask;
    }
    slots_[at] = hash;
    ++count_;
    return true;
  }

  void grow() {
    const std::vector<std::uint64_t> old = std::move(slots_);
    slots_.assign(old.empty() ? 64 : 2 * old.size(), kFree);
    count_ = 0;
    for (const std::uint64_t hash : old) {
      if (hash != kFree) place(hash);
    }
  }

  std::vector<std::uint64_t> slots_;
  std::uint64_t count_ = 0;
};

}  // namespace dsprep
