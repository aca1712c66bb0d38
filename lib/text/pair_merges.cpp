#include "lib/text/pair_merges.h"

#include <algorithm>
#include <array>
#include <functional>
#include <queue>
#include <utility>

namespace dsprep {
namespace {

constexpr std::uint32_t kNoRank = ~0U;
constexpr std::size_t kFew = 32;

}  // namespace

void PairMerges::resize(std::size_t slots) {
  std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  mask_ = slots - 1;
  shift_ = 64 - std::countr_zero(slots);
  used_ = 0;
  for (const Slot& s : old) {
    if (s.key != kEmpty)
      add(static_cast<TokenId>(s.key >> 32), static_cast<TokenId>(s.key), s.merge);
  }
}

void PairMerges::add(TokenId left, TokenId right, Merge merge) {
  if (used_ * 4 >= slots_.size() * 3) resize(slots_.size() * 2);
  const std::uint64_t key = key_of(left, right);
  std::size_t at = slot(key);
  while (slots_[at].key != kEmpty && slots_[at].key != key) at = (at + 1) & mask_;
  if (slots_[at].key == kEmpty) ++used_;
  slots_[at] = {key, merge};
}

void PairMerges::apply(std::vector<TokenId>& symbols, std::size_t least) const {
  if (symbols.size() <= kFew) {
    apply_to_few(symbols, least);
  } else {
    apply_to_many(symbols, least);
  }
}

// The ranks of all pairs in a row: with few of them a search costs less than any bookkeeping.
void PairMerges::apply_to_few(std::vector<TokenId>& symbols, std::size_t least) const {
  std::array<Merge, kFew> merges;  // of symbol i with i + 1
  std::size_t pairs = symbols.empty() ? 0 : symbols.size() - 1;
  const auto look_up = [&](std::size_t i) {
    const Merge* const found = find(symbols[i], symbols[i + 1]);
    merges[i] = found != nullptr ? *found : Merge{kNoRank, 0};
  };
  for (std::size_t i = 0; i < pairs;
       ++i)  // the table is larger than the cache: wait for all at once
    __builtin_prefetch(&slots_[slot(key_of(symbols[i], symbols[i + 1]))]);
  for (std::size_t i = 0; i < pairs; ++i) look_up(i);
  while (pairs >= least) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < pairs; ++i)
      if (merges[i].rank < merges[best].rank) best = i;
    if (merges[best].rank == kNoRank) break;
    symbols[best] = merges[best].id;
    for (std::size_t i = best + 1; i < pairs; ++i) {
      symbols[i] = symbols[i + 1];
      merges[i - 1] = merges[i];
    }
    --pairs;
    if (best > 0) look_up(best - 1);
    if (best < pairs) look_up(best);
  }
  if (!symbols.empty()) symbols.resize(pairs + 1);
}

// A heap of pairs and a list of the symbols that are left; a pair that has changed is skipped when
// it comes up.
void PairMerges::apply_to_many(std::vector<TokenId>& symbols, std::size_t least) const {
  const auto n = static_cast<std::uint32_t>(symbols.size());
  std::vector<std::uint32_t> next(n), previous(n);
  std::vector<bool> gone(n, false);
  for (std::uint32_t i = 0; i < n; ++i) {
    next[i] = i + 1;
    previous[i] = i - 1;  // of the first: beyond n
  }
  std::vector<std::uint64_t> pairs;  // rank, then place
  for (std::uint32_t i = 0; i + 1 < n; ++i) {
    if (const Merge* const merge = find(symbols[i], symbols[i + 1]))
      pairs.push_back(std::uint64_t{merge->rank} << 32 | i);
  }
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> queue(
      {}, std::move(pairs));
  const auto push = [&](std::uint32_t i) {
    if (const Merge* const merge = find(symbols[i], symbols[next[i]]))
      queue.push(std::uint64_t{merge->rank} << 32 | i);
  };
  std::size_t left = n;
  while (!queue.empty() && left > least) {
    const std::uint64_t top = queue.top();
    queue.pop();
    const auto i = static_cast<std::uint32_t>(top);
    if (gone[i] || next[i] == n) continue;
    const Merge* const merge = find(symbols[i], symbols[next[i]]);
    if (merge == nullptr || merge->rank != top >> 32) continue;
    symbols[i] = merge->id;
    --left;
    gone[next[i]] = true;
    next[i] = next[next[i]];
    if (next[i] < n) {
      previous[next[i]] = i;
      push(i);
    }
    if (previous[i] < n) push(previous[i]);
  }
  std::size_t kept = 0;
  for (std::uint32_t i = 0; i < n; i = next[i]) symbols[kept++] = symbols[i];
  symbols.resize(kept);
}

}  // namespace dsprep
