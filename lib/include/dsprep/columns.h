// Columns: what one pass over all samples of a split gives the orders of an epoch: lengths for
// bucketed() and packed(), labels for balanced() and weighted_classes(); and what the manifest
// alone gives block_shuffled(). Any number of threads.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dsprep/dataset.h"

namespace dsprep {

enum class LengthsFile : std::uint8_t {
  kUse,   ///< read from the file beside the index; written there where it is missing (default)
  kNone,  ///< neither looked for nor written
};

/// The first extent of each sample's value of a ragged field, in the order of the split: 4 bytes a
/// sample. One pass over the shards' indexes, no value is read (about 0.05 us a sample). What it
/// finds is kept in the dataset's folder as lengths.SPLIT.FIELD.npy (numpy opens it), bound to the
/// dataset by a checksum: the next call reads that, and one that is damaged or of other samples is
/// made anew. A folder that cannot be written to is no error, but costs the pass each time; several
/// processes may do so at once. Throws kUsage where the field is not ragged, kTooLarge for a length
/// of 2^32 or more, and what reading indexes throws.
std::vector<std::uint32_t> lengths(const Dataset& data, std::string_view field,
                                   LengthsFile file = LengthsFile::kUse);

/// Each sample's class or other single integer, in the order of the split: 8 bytes a sample. One
/// pass over the values, compared with their checksums. Throws kUsage where the field is no single
/// integer, and what reading throws.
std::vector<std::int64_t> labels(const Dataset& data, std::string_view field = "label");

/// The number of samples of each shard of the split, in its order. Reads nothing.
std::vector<std::uint64_t> shard_samples(const Dataset& data);

}  // namespace dsprep
