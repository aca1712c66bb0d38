// Appends ids to a vector in larger steps.
#pragma once

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
    if (used_ == ids_.size()) flush();
    ids_[used_++] = id;
  }

  /// All ids of `entry` are copied, those that count are kept: that is faster than a loop.
  void add(const WordCache::Entry& entry) {
    if (used_ > ids_.size() - WordCache::kMostIds) flush();
    std::memcpy(ids_.data() + used_, entry.ids.data(), sizeof(entry.ids));
    used_ += entry.count;
  }

  /// The vector, with all ids in it: for code that appends to it itself.
  std::vector<TokenId>& flush() {
    out_.insert(out_.end(), ids_.data(), ids_.data() + used_);
    used_ = 0;
    return out_;
  }

 private:
  std::vector<TokenId>& out_;
  std::size_t used_ = 0;
  std::array<TokenId, 1024> ids_;
};

}  // namespace dsprep
