// SampleIndex: what every container's footer says of its samples as wholes, the digest and the
// hashes of their inputs.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "dsprep/digest.h"
#include "formats/common/footer.h"

namespace dsprep {

/// Throws kUsage where the record's values are not what the schema says, or its key is empty or has
/// a zero byte.
void check_record(const Schema& schema, const Record& record);

/// Throws kUsage where values of the field cannot come in parts, or these bytes are not whole
/// elements.
void check_part(const Schema& schema, std::size_t field, Bytes bytes);

/// 16 bytes a sample wait in a spool. One thread at a time.
class SampleIndex {
 public:
  /// `place` as Spool takes it.
  explicit SampleIndex(std::filesystem::path place = {}) : sources_(std::move(place)) {}

  /// Takes up the next sample and gives its values back, each with its hash: computed here where
  /// the record had none. The view is valid until the next call, as long as the record. Requires:
  /// check_record(), and one schema for all.
  std::span<const FieldValue> append(const Schema& schema, const Record& record);

  const Digest& digest() const noexcept { return digest_; }
  /// Section "source.xxh3": two u64 (low, high) a sample. It lives as long as this.
  Section sources() { return {.name = "source.xxh3", .spool = &sources_}; }

 private:
  Digest digest_;
  std::optional<SampleHasher> hash_;  // of the schema of the first call
  Spool sources_;
  std::vector<FieldValue> hashed_;  // the last record's values; reused
};

}  // namespace dsprep
