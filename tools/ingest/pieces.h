// Pieces: a slice is cut into pieces that threads transform side by side.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tools/ingest/archive_stream.h"
#include "tools/ingest/plan.h"
#include "tools/ingest/turns.h"

namespace dsprep {

/// A run of entries of a slice, with `begin` and `end` as in Slice.
struct Piece {
  std::size_t slice = 0;
  std::uint64_t first_entry = 0;
  std::uint64_t entries = 0;
  std::uint64_t begin = 0;  ///< in the first entry
  std::uint64_t end = 0;    ///< in the last entry
  bool last = false;        ///< of its slice
  bool in_quotes =
      false;  ///< csv: an odd number of quotes stands before `begin` in the first entry
  /// What this piece and its neighbours read in turns: an archive, or the rows of one picture.
  std::shared_ptr<Turns> source = nullptr;
  std::uint64_t turn = 0;  ///< of this piece, from 0
};

/// A packed archive, opened by the first piece that reads it.
struct StreamSource : Turns {
  std::unique_ptr<ArchiveStream> stream;
};

/// An entry whose samples are made by several pieces: each gives a part of them.
struct PartSource : Turns {
  std::uint64_t parts = 1;
};
/// Called for one entry after the other; never throws dsprep::Error: what is wrong with the input
/// comes out when its first part is transformed. Null for an entry that is not cut into parts.
using OpenParts = std::function<std::shared_ptr<PartSource>(const Entry& entry)>;

/// The pieces of some slices of a plan, in order. Not thread-safe.
class PieceSequence {
 public:
  /// `cut_files`: a file may be spread over several pieces (documents are lines); else a file is
  /// never cut. With `open`, a piece is a part of one entry, or a run of those without parts.
  PieceSequence(const Plan& plan, std::vector<std::size_t> slices, bool cut_files,
                OpenParts open = {});
  /// False at the end.
  bool next(Piece& piece);

 private:
  void enter_slice();
  void set_source(Piece& piece);
  void take_entries(Piece& piece, std::uint64_t slice_end);
  void open_entry();
  void take_part(Piece& piece);

  const Plan& plan_;
  std::vector<std::size_t> slices_;
  bool cut_files_;
  OpenParts open_;
  std::size_t at_ = 0;        // index into slices_
  std::uint64_t entry_ = 0;   // next entry to give out
  std::uint64_t offset_ = 0;  // next byte in it
  std::shared_ptr<Turns> source_;
  std::shared_ptr<PartSource> part_source_;
  std::uint64_t turn_ = 0;
};

/// The runs of bytes that a piece (or slice) covers, one an entry.
std::vector<Segment> segments_of(const Plan& plan, const Piece& piece);

}  // namespace dsprep
