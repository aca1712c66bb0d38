// Appends ids to a vector in larger steps.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "dsprep/tokenizer.h"
#include "lib/text/word_cache.h"

namespace dsprep {

class IdBuffer {
 public:
  explicit IdBuffer(std::vector<TokenId>& out) : out_(out) {}

  void add(TokenId id) {
    if (used_ >= kRoom) flush();
    ids_[used_++] = id;
  }

  /// All ids in an entry are copied, those that count are kept: that is faster than a loop.
  void add(const WordCache::Entry& entry, const WordCache& cache) {
    if (used_ >= kRoom) flush();
    TokenId* const next = ids_.data() + used_;
    std::memcpy(next, entry.ids.data(), 16);  // with what stands behind them: one move
    if (entry.count > WordCache::kInside) [[unlikely]]
      std::ranges::copy(cache.ids_of(entry), next);
    used_ += entry.count;
  }

  /// The vector, with all ids in it: for code that appends to it itself.
  std::vector<TokenId>& flush() {
    out_.insert(out_.end(), ids_.data(), ids_.data() + used_);
    used_ = 0;
    return out_;
  }

 private:
  static constexpr std::size_t kRoom = 2048;
  static_assert(offsetof(WordCache::Entry, ids) + 16 == sizeof(WordCache::Entry));

  std::vector<TokenId>& out_;
  std::size_t used_ = 0;
  std::array<TokenId, kRoom + WordCache::kMostIds> ids_;
};

}  // namespace dsprep
