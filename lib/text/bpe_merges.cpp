#include "lib/text/bpe_merges.h"

#include <algorithm>
#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace dsprep {

BpeMerges::BpeMerges(std::size_t rules) {
  const std::size_t places = std::max<std::size_t>(2, std::bit_ceil(rules / 2 + 1));
  shift_ = 64 - std::countr_zero(places);
  mask_ = places - 1;
  table_.assign(places, Bucket{{kFree, kFree, kFree, kFree}});
  byte_pairs_.assign(65536, kNone);
}

Symbol BpeMerges::add(Symbol left, Symbol right) {
  const auto made = static_cast<Symbol>(count_++);
  const std::uint64_t key = std::uint64_t{left} << kSymbolBits | right;
  for (std::size_t i = place_of(key);; i = (i + 1) & mask_) {
    std::uint64_t* const free = std::ranges::find(table_[i].entries, kFree);
    if (free == std::end(table_[i].entries)) continue;
    *free = key << kSymbolBits | made;
    break;
  }
  if (left < 256 && right < 256) byte_pairs_[std::size_t{left} << 8 | right] = made;
  return made;
}

// The smallest of values that are bits of normal floats above zero.
template <std::size_t Room>
inline std::int32_t smallest(const std::array<std::int32_t, Room>& values) noexcept {
#if defined(__SSE2__)
  const auto* const floats = reinterpret_cast<const float*>(values.data());
  __m128 best = _mm_load_ps(floats);
  for (std::size_t i = 4; i < Room; i += 4) best = _mm_min_ps(best, _mm_load_ps(floats + i));
  best = _mm_min_ps(best, _mm_movehl_ps(best, best));
  best = _mm_min_ss(best, _mm_shuffle_ps(best, best, 1));
  return _mm_cvtsi128_si32(_mm_castps_si128(best));
#else
  return *std::ranges::min_element(values);
#endif
}

// One piece on its way. Branches that cannot be predicted cost more than arithmetic, so there are
// few: symbols keep their places 1, 2, ... and a set tells which are left; places 0 and count + 1
// hold kNone, which no rule joins. A step ends with asking for the memory that the next one needs.
template <std::size_t Room>
class BpeMerges::Lane {
 public:
  void load(const BpeMerges& merges, MergeJob& job) noexcept {
    job_ = &job;
    const auto count = static_cast<unsigned>(job.piece.size());
    pair_.fill(kNoPair);
    symbol_[0] = symbol_[count + 1] = kNone;
    for (unsigned i = 1; i <= count; ++i) symbol_[i] = static_cast<unsigned char>(job.piece[i - 1]);
    for (unsigned i = 1; i < count; ++i)
      pair_[i] = place(merges.byte_pairs_[std::size_t{symbol_[i]} << 8 | symbol_[i + 1]], i);
    left_ = (Bits{2} << (count + 1)) - 1;
    at_ = previous_ = 0;
    ask(merges, kNone, kNone);
  }

  /// Takes the answers of the last step and joins the next pair; false where there is none.
  bool step(const BpeMerges& merges) noexcept {
    // pair_ has no pair at the two places that are asked for: what is written now would be too late
    // for the vector loads of the minimum.
    const std::int32_t right = place(merges.joined(right_key_, right_place_), at_);
    const std::int32_t left = place(merges.joined(left_key_, left_place_), previous_);
    const std::int32_t best = std::min(smallest(pair_), std::min(left, right));
    pair_[at_] = right;
    pair_[previous_] = left;
    if (best >= kNoPair) return false;
    at_ = static_cast<unsigned>(best) % Room;
    const Symbol made = (static_cast<Symbol>(best) ^ kFloat) >> kPlaceBits;
    const Bits behind = left_ & (~Bits{1} << at_);
    const auto gone = static_cast<unsigned>(std::countr_zero(behind));
    const auto next = static_cast<unsigned>(std::countr_zero(behind & (behind - 1)));
    previous_ = static_cast<unsigned>(63 - std::countl_zero(left_ & ((Bits{1} << at_) - 1)));
    left_ &= ~(Bits{1} << gone);
    symbol_[at_] = made;
    pair_[gone] = pair_[at_] = pair_[previous_] = kNoPair;
    ask(merges, symbol_[next], symbol_[previous_]);
    return true;
  }

  void finish() noexcept {
    left_ &= ~Bits{1} & ((Bits{2} << job_->piece.size()) - 1);
    for (; left_ != 0; left_ &= left_ - 1)
      job_->symbols[job_->count++] = symbol_[static_cast<unsigned>(std::countr_zero(left_))];
  }

 private:
  using Bits = std::uint64_t;
  static constexpr int kPlaceBits = std::countr_zero(Room);
  // Puts all values where they are normal floats above zero, which compare as the integers do.
  static constexpr std::uint32_t kFloat = 0x40000000;
  static constexpr auto kNoPair = static_cast<std::int32_t>(kNone << kPlaceBits | kFloat);

  static std::int32_t place(Symbol made, unsigned i) noexcept {
    return static_cast<std::int32_t>(made << kPlaceBits | i | kFloat);
  }
  void ask(const BpeMerges& merges, Symbol next, Symbol previous) noexcept {
    right_key_ = key_of(symbol_[at_], next);
    left_key_ = key_of(previous, symbol_[at_]);
    right_place_ = merges.place_of(right_key_);
    left_place_ = merges.place_of(left_key_);
    __builtin_prefetch(&merges.table_[right_place_]);
    __builtin_prefetch(&merges.table_[left_place_]);
  }

  // What the symbol at i and the next one make, and i in the low bits: the smallest value is the
  // leftmost pair of the lowest rank.
  alignas(64) std::array<std::int32_t, Room> pair_;
  std::array<Symbol, Room + 1> symbol_;
  Bits left_ = 0;
  unsigned at_ = 0, previous_ = 0;
  std::uint64_t right_key_ = 0, left_key_ = 0;
  std::size_t right_place_ = 0, left_place_ = 0;
  MergeJob* job_ = nullptr;
};

// Does the jobs that fit a Room and no smaller one.
template <std::size_t Room>
void BpeMerges::merge_lanes(std::span<MergeJob> jobs) const noexcept {
  constexpr std::size_t kLanes = 8;
  std::array<Lane<Room>, kLanes> lanes;
  std::size_t active = 0;
  auto job = jobs.begin();
  const auto load_next = [&](Lane<Room>& lane) {
    for (; job != jobs.end(); ++job) {
      const std::size_t room = std::bit_ceil(std::max<std::size_t>(job->piece.size() + 2, 16));
      if (room != Room) continue;
      lane.load(*this, *job++);
      return true;
    }
    return false;
  };
  while (active < kLanes && load_next(lanes[active])) ++active;
  while (active > 0) {
    for (std::size_t i = 0; i < active; ++i) {
      if (lanes[i].step(*this)) continue;
      lanes[i].finish();
      if (!load_next(lanes[i])) lanes[i--] = lanes[--active];
    }
  }
}

void BpeMerges::merge_short(std::span<MergeJob> jobs) const noexcept {
  merge_lanes<16>(jobs);
  merge_lanes<32>(jobs);
  merge_lanes<64>(jobs);
}

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
