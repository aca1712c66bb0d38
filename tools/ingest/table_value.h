// Cells to values: numbers, truth values, texts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dsprep/schema.h"
#include "tools/ingest/table_rows.h"
#include "tools/ingest/table_time.h"

namespace dsprep {

/// Texts that mean that a number is missing, where the user names no others; the empty text always
/// does.
const std::vector<std::string>& usual_missing_words();

/// True for a missing cell, an empty text and one of `words`.
bool is_missing(const Cell& cell, std::span<const std::string> words) noexcept;

/// Writes the cell as one little-endian element. Decimal text is rounded once, to the nearest value
/// of the dtype; blanks around it are passed over; true, True, TRUE, 1, false, False, FALSE and 0
/// are bool. Throws kBadRow for what is no such number, or does not fit. Requires: not missing.
void put_number(const Cell& cell, DType dtype, std::byte* out);
/// What stands for a missing number: NaN. Requires: a float dtype.
void put_nan(DType dtype, std::byte* out);

/// The cell as text: that of csv as it stands, numbers of other forms in decimal. `memory` keeps
/// it.
std::string_view text_of(const Cell& cell, std::string& memory);
/// Throws kBadRow where the cell is no point in time.
TimeValue time_of(const Cell& cell);

/// What a cell says without a type, to infer one: bits.
inline constexpr std::uint8_t kSeenNumber = 1, kSeenBool = 2, kSeenText = 4;
std::uint8_t look_of(const Cell& cell, std::span<const std::string> missing) noexcept;

/// Appends what identifies the cell's value whatever type it gets: cells that any one type stores
/// as equal bytes are equal here.
void append_identity(const Cell& cell, std::span<const std::string> missing, std::string& out);

}  // namespace dsprep
