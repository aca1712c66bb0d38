// Where files of quoted rows (csv) are cut: a newline ends a row only with an even number of quotes
// before it.
#pragma once

#include <functional>

#include "tools/ingest/pieces.h"

namespace dsprep {

using IsQuoted = std::function<bool(const Entry&)>;

/// Moves the slices' cuts within files of quoted rows to borders between rows: one pass over each
/// file that is cut.
void align_to_rows(Plan& plan, const IsQuoted& is_quoted);

/// Fills in Piece::in_quotes. Told of every piece in order, by one thread at a time.
class QuoteCounter {
 public:
  void enter(const Plan& plan, Piece& piece, const IsQuoted& is_quoted);

 private:
  bool in_quotes_ = false;  // at the end of the last piece
};

}  // namespace dsprep
