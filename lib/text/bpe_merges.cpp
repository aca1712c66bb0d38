#include "lib/text/bpe_merges.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace dsprep {

namespace {

bool has_avx2() noexcept {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#else
  return false;
#endif
}

}  // namespace

BpeMerges::BpeMerges(std::size_t rules) : avx2_(has_avx2()) {
  const std::size_t places = std::max<std::size_t>(2, std::bit_ceil(rules / 2 + 1));
  shift_ = 64 - std::countr_zero(places);
  mask_ = places - 1;
  table_.assign(places, Bucket{{kFree, kFree, kFree, kFree}});
  byte_pairs_.assign(65536, kNone);
}

Symbol BpeMerges::add(Symbol left, Symbol right) {
  const auto made = static_cast<Symbol>(count_++);
  const std::uint64_t key = key_of(left, right);
  const std::uint64_t entry = (key << kSymbolBits | (made ^ kNone)) << 1;
  for (std::size_t i = place_of(key);; i = (i + 1) & mask_) {
    Words& entries = table_[i].entries;
    unsigned used = 0;
    while (used < 4 && entries[used] != kFree) ++used;
    if (used < 4) {
      entries[used] = entry;
      break;
    }
    entries[3] |= 1;
  }
  if (left < 256 && right < 256) byte_pairs_[std::size_t{left} << 8 | right] = made;
  return made;
}

// One piece on its way, in places 1, 2, ...; at both ends stands kNone, which no rule joins. A step
// ends with asking for the memory that the next one needs. But for the last one no branch depends
// on the text: guesses would be wrong too often.
template <std::size_t Room>
class BpeMerges::Lane {
 public:
  void load(const BpeMerges& merges, const MergeJob& job) noexcept {
    const std::size_t count = job.piece.size();
    std::array<unsigned char, Room + 1> bytes{};
    std::memcpy(bytes.data() + 1, job.piece.data(), count);
    for (std::size_t i = 0; i < Room; ++i) symbol_[i] = bytes[i];
    symbol_[0] = symbol_[count + 1] = kNone;
    next_ = kNext;
    previous_ = kPrevious;
    pair_.fill(Eight{} + kNoPair);
    for (std::size_t i = 1; i < count; ++i)
      set_pair(i, pair(merges.byte_pairs_[std::size_t{bytes[i]} << 8 | bytes[i + 1]], i));
    at_ = before_ = 0;
    ask(merges, kNone, kNone, kNone);
  }

  /// Takes the answers of the last step and joins the next pair; false where there is none.
  bool step(const BpeMerges& merges) noexcept {
    // pair_ has no pair at the two places that are asked for: what is written now would be too late
    // for the vector loads of the minimum.
    const Four asked = answers(merges);
    const std::int32_t best = smallest(asked);
    set_pair(at_, asked[0]);
    set_pair(before_, asked[2]);
    const std::uint32_t at = static_cast<std::uint32_t>(best) % Room;
    const Symbol made = static_cast<std::uint32_t>(best) / Room;
    if (made == kNone) return false;
    const std::uint32_t gone = next_[at], behind = next_[gone], before = previous_[at];
    symbol_[at] = made;
    next_[at] = static_cast<std::uint8_t>(behind);
    previous_[behind] = static_cast<std::uint8_t>(at);
    set_pair(gone, kNoPair);
    set_pair(at, kNoPair);
    set_pair(before, kNoPair);
    at_ = at;
    before_ = before;
    ask(merges, symbol_[before], made, symbol_[behind]);
    return true;
  }

  void finish(MergeJob& job) const noexcept {
    std::size_t count = 0;
    for (std::size_t i = next_[0]; i <= job.piece.size(); i = next_[i])
      job.symbols[count++] = symbol_[i];
    job.count = count;
  }

 private:
  using Eight = std::int32_t __attribute__((vector_size(32)));
  using Four = std::int32_t __attribute__((vector_size(16)));
  static constexpr auto kNoPair = static_cast<std::int32_t>(kNone * Room);
  static constexpr auto kNext = [] {
    std::array<std::uint8_t, Room> next{};
    for (std::size_t i = 0; i < Room; ++i) next[i] = static_cast<std::uint8_t>(i + 1);
    return next;
  }();
  static constexpr auto kPrevious = [] {
    std::array<std::uint8_t, Room> previous{};
    for (std::size_t i = 1; i < Room; ++i) previous[i] = static_cast<std::uint8_t>(i - 1);
    return previous;
  }();

  static std::int32_t pair(Symbol made, std::size_t i) noexcept {
    return static_cast<std::int32_t>(made * Room + i);
  }
  // The pairs that were asked for, the right one first; between them what is larger than any pair.
  Four answers(const BpeMerges& merges) const noexcept {
    const TwoWords places = {at_, before_};
    const TwoWords large = TwoWords{} + (std::uint64_t{0x7FFFFFFF} << 32);
    return reinterpret_cast<Four>(merges.joined(right_, left_) * std::uint64_t{Room} | places |
                                  large);
  }
  static Four lesser(Four a, Four b) noexcept { return a < b ? a : b; }
  std::int32_t smallest(Four asked) const noexcept {
    Eight pairs = pair_[0];
    for (std::size_t i = 1; i < pair_.size(); ++i) pairs = pair_[i] < pairs ? pair_[i] : pairs;
    Four best = lesser(__builtin_shufflevector(pairs, pairs, 0, 1, 2, 3),
                       __builtin_shufflevector(pairs, pairs, 4, 5, 6, 7));
    best = lesser(best, asked);
    best = lesser(best, __builtin_shufflevector(best, best, 2, 3, 0, 1));
    return lesser(best, __builtin_shufflevector(best, best, 1, 0, 3, 2))[0];
  }
  void set_pair(std::size_t i, std::int32_t value) noexcept {
    std::memcpy(reinterpret_cast<char*>(pair_.data()) + i * sizeof value, &value, sizeof value);
  }
  void ask(const BpeMerges& merges, Symbol before, Symbol at, Symbol behind) noexcept {
    right_ = merges.question(at, behind);
    left_ = merges.question(before, at);
    __builtin_prefetch(&merges.table_[right_.place]);
    __builtin_prefetch(&merges.table_[left_.place]);
  }

  // What the symbol at i and the next one make, and i in the low bits: the smallest value is the
  // leftmost pair of the lowest rank.
  alignas(64) std::array<Eight, Room / 8> pair_;
  std::array<Symbol, Room> symbol_;
  std::array<std::uint8_t, Room> next_, previous_;  // of the places that are left
  std::uint32_t at_, before_;
  Question right_, left_;  // what at_ makes with the symbol behind it, and before_ with at_
};

// Jobs that fit a Room, several on their way: one waits for memory while the others compute.
template <std::size_t Room>
inline void BpeMerges::merge_lanes(std::span<MergeJob* const> jobs) const noexcept {
  constexpr std::size_t kLanes = 8;
  std::array<Lane<Room>, kLanes> lanes;
  std::array<MergeJob*, kLanes> on_way;
  std::size_t active = std::min(kLanes, jobs.size());
  for (std::size_t i = 0; i < active; ++i) lanes[i].load(*this, *(on_way[i] = jobs[i]));
  jobs = jobs.subspan(active);
  while (active > 0) {
    for (std::size_t i = 0; i < active; ++i) {
      if (lanes[i].step(*this)) continue;
      lanes[i].finish(*on_way[i]);
      if (!jobs.empty()) {
        lanes[i].load(*this, *(on_way[i] = jobs.front()));
        jobs = jobs.subspan(1);
      } else if (--active != i) {
        lanes[i] = lanes[active];
        on_way[i] = on_way[active];
      }
    }
  }
}

// The jobs of more than `longest_before` bytes that fit a Room.
template <std::size_t Room>
inline void BpeMerges::merge_room(std::span<MergeJob> jobs,
                                  std::size_t longest_before) const noexcept {
  std::array<MergeJob*, kTogether> fitting;
  std::size_t count = 0;
  for (MergeJob& job : jobs) {
    const std::size_t size = job.piece.size();
    fitting[count] = &job;
    count += size > longest_before && size + 2 <= Room ? 1 : 0;
  }
  merge_lanes<Room>(std::span(fitting).first(count));
}

// At most kTogether of them.
inline void BpeMerges::merge_together(std::span<MergeJob> jobs) const noexcept {
  merge_room<16>(jobs, 0);
  merge_room<32>(jobs, 14);
  merge_room<64>(jobs, 30);
  merge_room<256>(jobs, 62);
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2,lzcnt"), flatten)) void BpeMerges::merge_together_avx2(
    std::span<MergeJob> jobs) const noexcept {
  merge_together(jobs);
}
#else
void BpeMerges::merge_together_avx2(std::span<MergeJob> jobs) const noexcept {
  merge_together(jobs);
}
#endif

void BpeMerges::merge_short(std::span<MergeJob> jobs) const noexcept {
  while (!jobs.empty()) {
    const std::size_t count = std::min(kTogether, jobs.size());
    const auto together = jobs.first(count);
    avx2_ ? merge_together_avx2(together) : merge_together(together);
    jobs = jobs.subspan(count);
  }
}

}  // namespace dsprep
