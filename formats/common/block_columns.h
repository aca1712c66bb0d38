// The columns of memmap shards, values back to back in blocks, and what all column readers share.
#pragma once

#include <memory>

#include "formats/common/block_stream.h"
#include "formats/common/column_reader.h"

namespace dsprep {

/// The shape of each value of a field that is not ragged.
Shape fixed_shape(const Field& field);
/// `shape`, if the field accepts it and it has that many bytes; else throws kCorrupt.
Shape checked_shape(const ShardFiles& files, const Field& field, const Shape& shape,
                    std::uint64_t bytes);

/// a · b; throws kCorrupt where it does not fit 64 bits: a footer says so only when it is damaged.
std::uint64_t checked_product(const ShardFiles& files, std::uint64_t a, std::uint64_t b);

/// The stream of a column of kRows with rows of this size.
BlockStream::Place rows_place(const ShardFiles& files, const Column& column,
                              std::uint64_t row_bytes);

/// Reports the bad blocks of a stream of such rows.
void check_rows(const BlockStream& stream, std::uint64_t row_bytes,
                const std::function<void(const Damage&)>& report);

std::unique_ptr<ColumnReader> make_rows_column(const ShardFiles& files, const Field& field,
                                               const Column& column, Verify verify);
std::unique_ptr<ColumnReader> make_ragged_column(const ShardFiles& files, const Field& field,
                                                 const Column& column, Verify verify);

}  // namespace dsprep
