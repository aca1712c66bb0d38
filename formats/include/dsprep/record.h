// Record: one sample as it stands on disk, a key and the bytes of its fields. Only views; the owner is said by who gives it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/checksum.h"
#include "dsprep/schema.h"

namespace dsprep {

/// The value of one field in canonical form: little-endian elements in C order, or the encoded bytes.
struct FieldValue {
  Bytes bytes;
  Shape shape;
  /// XXH3-128 of `bytes`, where somebody has computed it already (ingest threads do, so that the one that writes need not).
  std::optional<Hash128> hash = std::nullopt;
};

/// A sample: its key and its values, in the order of the schema.
struct Record {
  std::string_view key;
  std::span<const FieldValue> fields;
  /// XXH3-128 of the input's bytes that the sample was made from.
  Hash128 source = {};
  /// The key without its extension is another sample's too (or is another sample's whole key): a tar then keeps the extension
  /// in the sample's name. Only writers look at it; it is not stored.
  bool ambiguous_stem = false;
};

/// Memory for one record that a reader gives out; reuse it from call to call to save allocations. One thread at a time.
class ReadBuffer {
 public:
  std::vector<std::byte> bytes;
  std::vector<FieldValue> fields;
  std::string key;
};

}  // namespace dsprep
