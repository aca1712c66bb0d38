// Pieces of any length: merges by lists of places.
#include <algorithm>
#include <bit>

#include "lib/text/bpe_merges.h"

namespace dsprep {

namespace {

constexpr std::uint32_t kEnd = ~std::uint32_t{0};

// A long piece: symbols as a list, and for each rank the places where it may be joined.
class LongMerge {
 public:
  LongMerge(const BpeMerges& merges, MergeScratch& scratch) : merges_(merges), s_(scratch) {
    s_.head.resize(merges.symbols(), kEnd);
    s_.tail.resize(merges.symbols(), kEnd);
    s_.waiting.resize(merges.symbols() / 64 + 1);  // no list waits between two pieces
    s_.nodes.clear();
  }

  void run(std::string_view piece) {
    load(piece);
    // What a merge makes possible has a higher rank than itself, so one pass over the ranks is all.
    for (std::size_t word = 0; word < s_.waiting.size(); ++word) {
      while (s_.waiting[word] != 0) {
        const auto rank = static_cast<Symbol>(
            word * 64 + static_cast<unsigned>(std::countr_zero(s_.waiting[word])));
        s_.waiting[word] &= s_.waiting[word] - 1;
        take_places(rank);
        for (const std::uint32_t at : s_.places)
          if (s_.pair[at] == rank) join(at, rank);
      }
    }
    std::size_t count = 0;
    for (std::uint32_t at = 0; at != kEnd; at = s_.next[at]) s_.symbols[count++] = s_.symbols[at];
    s_.symbols.resize(count);
  }

 private:
  void load(std::string_view piece) {
    const auto count = static_cast<std::uint32_t>(piece.size());
    s_.symbols.resize(count);
    s_.next.resize(count);
    s_.previous.resize(count);
    s_.pair.assign(count, BpeMerges::kNone);
    for (std::uint32_t i = 0; i < count; ++i) {
      s_.symbols[i] = static_cast<unsigned char>(piece[i]);
      s_.previous[i] = i - 1;  // kEnd for the first
      s_.next[i] = i + 1 < count ? i + 1 : kEnd;
    }
    for (std::uint32_t i = 0; i + 1 < count; ++i) look(i);
  }

  // Finds what `at` and the next symbol make, and queues the place.
  void look(std::uint32_t at) {
    const std::uint32_t next = s_.next[at];
    const Symbol made =
        next == kEnd ? BpeMerges::kNone : merges_.joined(s_.symbols[at], s_.symbols[next]);
    s_.pair[at] = made;
    if (made == BpeMerges::kNone) return;
    const auto node = static_cast<std::uint32_t>(s_.nodes.size());
    s_.nodes.emplace_back(at, kEnd);
    if (s_.head[made] == kEnd) {
      s_.head[made] = node;
      s_.waiting[made / 64] |= std::uint64_t{1} << made % 64;
    } else {
      s_.nodes[s_.tail[made]].second = node;
    }
    s_.tail[made] = node;
  }

  // Moves the places of `rank` to s_.places, from left to right.
  void take_places(Symbol rank) {
    s_.places.clear();
    bool sorted = true;
    for (std::uint32_t n = s_.head[rank]; n != kEnd; n = s_.nodes[n].second) {
      sorted = sorted && (s_.places.empty() || s_.places.back() < s_.nodes[n].first);
      s_.places.push_back(s_.nodes[n].first);
    }
    s_.head[rank] = kEnd;
    if (!sorted) std::ranges::sort(s_.places);
  }

  void join(std::uint32_t at, Symbol made) {
    const std::uint32_t gone = s_.next[at];
    s_.symbols[at] = made;
    s_.pair[gone] = BpeMerges::kNone;
    s_.next[at] = s_.next[gone];
    if (s_.next[at] != kEnd) s_.previous[s_.next[at]] = at;
    look(at);
    if (s_.previous[at] != kEnd) look(s_.previous[at]);
  }

  const BpeMerges& merges_;
  MergeScratch& s_;
};

}  // namespace

void BpeMerges::merge_long(std::string_view piece, MergeScratch& scratch) const {
  LongMerge(*this, scratch).run(piece);
}

}  // namespace dsprep
