// Digest: one hash over samples in their order, that does not depend on container, cutting or build history. Value type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dsprep/checksum.h"
#include "dsprep/record.h"

namespace dsprep {

/// Hash of one sample's canonical form: XXH3-128 over
///   u64 key length, key, then for each field by name: u64 name length, name, dtype name likewise, u64 rank, u64 extents,
///   u64 byte length, XXH3-128 of the value's bytes (low half, high half; all little-endian).
/// The fields' encodings do not enter, nor do the names of files.
Hash128 sample_hash(const Schema& schema, const Record& record);

/// sample_hash() of many samples of one schema: keeps what they share. One thread at a time.
class SampleHasher {
 public:
  explicit SampleHasher(const Schema& schema);
  /// Of a value that has its hash only the shape is looked at.
  Hash128 operator()(const Record& record);

 private:
  struct FieldForm {
    std::size_t index;            ///< in the schema
    std::vector<std::byte> name;  ///< name and dtype as they stand in the form
    std::uint64_t element_bytes;
  };
  std::vector<FieldForm> fields_;  // by name
  std::vector<std::byte> form_;    // reused
};

/// Polynomial hash of a sequence of sample hashes modulo p = 2^127 - 1, with a fixed base b: h = Σ s_i · b^(n-1-i).
/// Two sequences join without their samples: h = h1 · b^n2 + h2. Not cryptographic.
class Digest {
 public:
  Digest() = default;
  Digest(std::uint64_t count, Hash128 polynomial) : count_(count), polynomial_(polynomial) {}

  void append(const Hash128& sample);        ///< one more sample behind those that are in
  void append(const Digest& behind);         ///< all samples of `behind`, in O(log count)

  std::uint64_t count() const noexcept { return count_; }
  const Hash128& polynomial() const noexcept { return polynomial_; }
  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  std::uint64_t count_ = 0;
  Hash128 polynomial_;
};

}  // namespace dsprep
