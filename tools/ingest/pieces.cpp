#include "tools/ingest/pieces.h"

#include <algorithm>
#include <utility>

namespace dsprep {
namespace {

constexpr std::uint64_t kPieceBytes = 512 << 10;
constexpr std::uint64_t kPieceEntries = 256;

}  // namespace

PieceSequence::PieceSequence(const Plan& plan, std::vector<std::size_t> slices, bool cut_files)
    : plan_(plan), slices_(std::move(slices)), cut_files_(cut_files) {
  enter_slice();
}

void PieceSequence::enter_slice() {
  if (at_ == slices_.size()) return;
  entry_ = plan_.slices[slices_[at_]].first_entry;
  offset_ = plan_.slices[slices_[at_]].begin;
}

bool PieceSequence::next(Piece& piece) {
  if (at_ == slices_.size()) return false;
  const Slice& slice = plan_.slices[slices_[at_]];
  const std::uint64_t slice_end = slice.first_entry + slice.entries;
  const auto end_of = [&](std::uint64_t entry) {
    return entry + 1 == slice_end ? slice.end : plan_.entries[entry].bytes;
  };
  piece = {
      .slice = slices_[at_], .first_entry = entry_, .entries = 0, .begin = offset_, .end = offset_};
  std::uint64_t bytes = 0;
  while (entry_ < slice_end && bytes < kPieceBytes && piece.entries < kPieceEntries) {
    const std::uint64_t left = end_of(entry_) - offset_;
    const std::uint64_t take = cut_files_ ? std::min(left, kPieceBytes - bytes) : left;
    bytes += take;
    ++piece.entries;
    piece.end = offset_ + take;
    if (take < left) {
      offset_ += take;
    } else {
      ++entry_;
      offset_ = 0;
    }
  }
  piece.last = entry_ == slice_end;
  if (piece.last) {
    ++at_;
    enter_slice();
  }
  return true;
}

std::vector<Segment> segments_of(const Plan& plan, const Piece& piece) {
  std::vector<Segment> segments;
  for (std::uint64_t i = 0; i < piece.entries; ++i) {
    const std::uint64_t entry = piece.first_entry + i;
    segments.push_back({.entry = entry,
                        .begin = i == 0 ? piece.begin : 0,
                        .end = i + 1 == piece.entries ? piece.end : plan.entries[entry].bytes});
  }
  return segments;
}

}  // namespace dsprep
