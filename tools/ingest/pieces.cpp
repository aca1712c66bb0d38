#include "tools/ingest/pieces.h"

#include <algorithm>
#include <utility>

namespace dsprep {
namespace {

constexpr std::uint64_t kPieceBytes = 512 << 10;
constexpr std::uint64_t kPieceEntries = 256;

}  // namespace

PieceSequence::PieceSequence(const Plan& plan, std::vector<std::size_t> slices, bool cut_files,
                             OpenParts open)
    : plan_(plan), slices_(std::move(slices)), cut_files_(cut_files), open_(std::move(open)) {
  enter_slice();
}

void PieceSequence::enter_slice() {
  if (at_ == slices_.size()) return;
  entry_ = plan_.slices[slices_[at_]].first_entry;
  offset_ = plan_.slices[slices_[at_]].begin;
  source_ = nullptr;
}

// Pieces of one packed archive share the stream through it.
void PieceSequence::set_source(Piece& piece) {
  const Entry& entry = plan_.entries[piece.first_entry];
  if (!plan_.streamed(entry)) return;
  const bool same = source_ && plan_.entries[piece.first_entry - 1].archive == entry.archive;
  if (!same) {
    source_ = std::make_shared<StreamSource>();
    turn_ = 0;
  }
  piece.source = source_;
  piece.turn = turn_++;
}

void PieceSequence::take_entries(Piece& piece, std::uint64_t slice_end) {
  set_source(piece);
  const std::uint32_t archive = plan_.entries[entry_].archive;
  const auto end_of = [&](std::uint64_t entry) {
    return entry + 1 == slice_end ? plan_.slices[piece.slice].end : plan_.entries[entry].bytes;
  };
  std::uint64_t bytes = 0;
  while (entry_ < slice_end && (!piece.source || plan_.entries[entry_].archive == archive) &&
         bytes < kPieceBytes && piece.entries < kPieceEntries) {
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
      if (entry_ < slice_end) open_entry();
      if (part_source_) return;
    }
  }
}

void PieceSequence::open_entry() {
  if (!open_ || part_source_) return;
  part_source_ = open_(plan_.entries[entry_]);
  turn_ = 0;
}

void PieceSequence::take_part(Piece& piece) {
  piece.entries = 1;
  piece.source = part_source_;
  piece.turn = turn_++;
  if (turn_ < part_source_->parts) return;
  part_source_ = nullptr;
  ++entry_;
}

bool PieceSequence::next(Piece& piece) {
  if (at_ == slices_.size()) {
    piece = {};
    return false;
  }
  const Slice& slice = plan_.slices[slices_[at_]];
  const std::uint64_t slice_end = slice.first_entry + slice.entries;
  piece = {
      .slice = slices_[at_], .first_entry = entry_, .entries = 0, .begin = offset_, .end = offset_};
  open_entry();
  if (part_source_) {
    take_part(piece);
  } else {
    take_entries(piece, slice_end);
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
