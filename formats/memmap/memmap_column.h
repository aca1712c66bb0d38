// MemmapColumn: the .npy files of one field while they are written.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "formats/common/pending_shard.h"
#include "formats/memmap/npy_stream.h"

namespace dsprep {

/// A fixed field has one file of shape (N, ...). A ragged one has its elements back to back, the
/// offsets where each value begins, and the shapes where its rank is above 1. One thread at a time.
class MemmapColumn {
 public:
  MemmapColumn(const Field& field, TemporaryFiles& files);

  /// Requires: check_part().
  void append_part(Bytes bytes);
  /// The value of the sample whose last part this is: the last bytes, with shape and hash of all.
  /// Without parts before it, the value itself.
  FieldValue whole(const FieldValue& last);
  /// Requires: check_record(); the value has its hash, and is what whole() gave.
  void append(const FieldValue& value);
  /// Completes the files and adds what the footer says of them: the column, its files and its
  /// sections.
  void finish(FooterHeader& header, std::vector<Section>& sections);

 private:
  std::uint32_t finish_stream(NpyStream& stream, std::uint64_t first_extent,
                              const std::string& suffix, FooterHeader& header);

  Field field_;
  std::uint64_t samples_ = 0;
  std::uint64_t elements_ = 0;
  std::optional<Hasher128> parts_;   // of the value whose parts come
  std::uint64_t part_elements_ = 0;  // of it
  std::optional<NpyStream> values_;
  std::optional<NpyStream> offsets_;  // of ragged fields
  std::optional<NpyStream> shapes_;   // of ragged fields with rank > 1
};

}  // namespace dsprep
