#include "lib/text/piece_batches.h"

#include <algorithm>
#include <cstring>

#include "dsprep/error.h"

namespace dsprep {
namespace {

constexpr std::size_t kReach = sizeof(PieceKey);  // readable from every piece's begin on

// In steps that take most stretches at once: how long one is can't be guessed. Reads and writes up
// to kStep - 1 ids more, and one step where there is nothing to copy.
template <std::size_t kStep>
inline void copy_in_steps(const TokenId* from, std::size_t count, TokenId* to) noexcept {
  std::size_t i = 0;
  do std::memcpy(to + i, from + i, kStep * sizeof *to);
  while ((i += kStep) < count);
}
constexpr std::size_t kStretch = 16, kFilling = 8;

}  // namespace

PieceBatches::PieceBatches() : found_(kMost) {
  fillings_.reserve(kMost);
  ranges_.reserve(kMost);
  new_.reserve(kMost);
}

std::span<NewPiece> PieceBatches::look_up(const PieceSpans& pieces) {
  cache_.trim();
  copy_known(pieces);
  fillings_.clear();
  ranges_.clear();
  new_.clear();
  found_count_ = 0;
  gap_bytes_ = 0;
  ask_for_long(pieces);
  for (const PieceGap& gap : gaps()) {
    const std::string_view piece = pieces[gap.number];
    gap_bytes_ += piece.size();
    fillings_.push_back(is_long(gap.key) ? fill_long(gap, piece) : fill(gap, piece));
  }
  return new_;
}

void PieceBatches::ask_for_long(const PieceSpans& pieces) {
  for (PieceGap& gap : gaps()) {
    const std::string_view piece = pieces[gap.number];
    if (!is_long(gap.key) || piece.size() > PieceCache::kMaxLong) continue;
    gap.key.low = hash_of(piece);
    cache_.prefetch_long(gap.key.low);
  }
}

void PieceBatches::refuse_ids(const NewPiece& piece, std::size_t count) {
  throw Error(ErrorCode::kInternal, std::to_string(count) + " ids for a piece of " +
                                        std::to_string(piece.text.size()) + " bytes");
}

void PieceBatches::copy_known(const PieceSpans& pieces) {
  copied_ = {.ids = known_.data(), .gaps = gaps_.data()};
  PieceSpans left = pieces;
  while (!left.ends.empty()) {
    if (left.text.size() - left.start < kReach) return copy_known_tail(left);
    auto run = left.ends.first(std::min(left.ends.size(), PieceBatch::kMost));
    // Pieces that begin too near the end of the text are left for later.
    while (run.size() > 1 && left.text.size() - run[run.size() - 2] < kReach)
      run = run.first(run.size() - 1);
    lookup_.find_places(left.text.data(), left.start, run, cache_.entries(), batch_);
    lookup_.copy_ids(batch_, run.size(), cache_.entries(), copied_);
    left.start = run.back();
    left.ends = left.ends.subspan(run.size());
  }
}

// The last bytes of a text, in a copy, behind which may be read.
void PieceBatches::copy_known_tail(const PieceSpans& pieces) {
  std::array<char, 2 * kReach> copy{};
  std::array<std::uint32_t, kReach> ends;
  std::ranges::copy(pieces.text.substr(pieces.start), copy.begin());
  std::ranges::transform(pieces.ends, ends.begin(),
                         [&](std::uint32_t end) { return end - pieces.start; });
  const std::size_t count = pieces.ends.size();
  lookup_.find_places(copy.data(), 0, std::span(ends).first(count), cache_.entries(), batch_);
  lookup_.copy_ids(batch_, count, cache_.entries(), copied_);
}

PieceBatches::Filling PieceBatches::fill(const PieceGap& gap, std::string_view piece) {
  if (const PieceCache::Entry* const known = cache_.find(gap.key, gap.place))
    return fill_with(known->ids);
  const auto number = static_cast<std::uint32_t>(new_.size());
  cache_.insert(gap.key, gap.place, PieceCache::Ids::pending(number));
  return add_new(gap, piece);
}

PieceBatches::Filling PieceBatches::fill_with(const PieceCache::Ids& ids) {
  if (ids.is_pending()) return &new_[ids.range().begin].ids;
  if (!ids.is_inline()) return fill_with(cache_.kept(ids.range()));
  const PieceCache::Range range = make_room(ids.count());
  const std::span<TokenId> to = found(range);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = ids[i];
  return add_known(range);
}

PieceBatches::Filling PieceBatches::fill_with(std::span<const TokenId> ids) {
  const PieceCache::Range range = make_room(ids.size());
  std::ranges::copy(ids, found(range).begin());
  return add_known(range);
}

PieceBatches::Filling PieceBatches::fill_long(const PieceGap& gap, std::string_view piece) {
  if (piece.size() > PieceCache::kMaxLong) return add_new(gap, piece);
  const PieceCache::Range known = cache_.find_long(piece, gap.key.low);
  return known.count != 0 ? fill_with(cache_.kept(known)) : add_new(gap, piece);
}

PieceBatches::Filling PieceBatches::add_known(PieceCache::Range ids) {
  ranges_.push_back(ids);
  return &ranges_.back();
}

PieceBatches::Filling PieceBatches::add_new(const PieceGap& gap, std::string_view piece) {
  new_.push_back({.text = piece, .key = gap.key, .place = gap.place});
  return &new_.back().ids;
}

void PieceBatches::finish(std::vector<TokenId>& out) {
  const std::size_t before = out.size();
  out.resize(before + copied_.count + gap_bytes_ + kStretch);
  make_room(kFilling);  // may be read
  TokenId* to = out.data() + before;
  std::size_t from = 0;
  const auto copy_until = [&](std::size_t end) {
    copy_in_steps<kStretch>(known_.data() + from, end - from, to);
    to += end - from;
    from = end;
  };
  for (std::size_t i = 0; i < fillings_.size(); ++i) {
    copy_until(gaps_[i].at);
    const PieceCache::Range ids = *fillings_[i];
    copy_in_steps<kFilling>(found_.data() + ids.begin, ids.count, to);
    to += ids.count;
  }
  copy_until(copied_.count);
  out.resize(static_cast<std::size_t>(to - out.data()));
  for (const NewPiece& piece : new_) remember(piece);
}

void PieceBatches::remember(const NewPiece& piece) {
  const std::span<const TokenId> ids = found(piece.ids);
  if (!is_long(piece.key)) {
    // Another new one may have driven it out.
    if (PieceCache::Entry* const known = cache_.find(piece.key, piece.place))
      known->set(piece.key, cache_.keep(ids));
  } else if (piece.text.size() <= PieceCache::kMaxLong) {
    cache_.insert_long(piece.text, piece.key.low, ids);
  }
}

}  // namespace dsprep
