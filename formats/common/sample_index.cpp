#include "formats/common/sample_index.h"

#include <algorithm>
#include <string>

namespace dsprep {
namespace {

void check_value(const Field& field, const FieldValue& value, std::string_view key) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kUsage, why + " (sample '" + std::string(key) + "')",
                {.field = field.name});
  };
  if (!field.accepts(value.shape)) refuse("the value's shape is not the schema's");
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(value.shape.elements(), dtype_size(field.dtype), &bytes) ||
      bytes != value.bytes.size()) {
    refuse("the value has " + std::to_string(value.bytes.size()) +
           " bytes, which is not its shape times its dtype");
  }
}

}  // namespace

void check_record(const Schema& schema, const Record& record) {
  if (record.key.empty()) throw Error(ErrorCode::kUsage, "a sample's key is empty");
  // numpy drops zero bytes at the end of fixed-width text, and no path has any.
  if (record.key.find('\0') != std::string_view::npos) {
    throw Error(ErrorCode::kUsage, "a sample's key has a zero byte");
  }
  if (record.fields.size() != schema.fields.size()) {
    throw Error(ErrorCode::kUsage, "a sample has " + std::to_string(record.fields.size()) +
                                       " values, the schema has " +
                                       std::to_string(schema.fields.size()) + " fields");
  }
  for (std::size_t i = 0; i < schema.fields.size(); ++i)
    check_value(schema.fields[i], record.fields[i], record.key);
}

void check_part(const Schema& schema, std::size_t field, Bytes bytes) {
  const bool fits = field < schema.fields.size() && schema.fields[field].ragged() &&
                    schema.fields[field].shape.size() == 1 &&
                    bytes.size() % dtype_size(schema.fields[field].dtype) == 0;
  if (!fits) throw Error(ErrorCode::kUsage, "a part of a value that cannot come in parts");
}

std::span<const FieldValue> SampleIndex::append(const Schema& schema, const Record& record) {
  std::span<const FieldValue> values = record.fields;
  const auto has_hash = [](const FieldValue& value) { return value.hash.has_value(); };
  if (!std::ranges::all_of(values, has_hash)) {
    hashed_.assign(values.begin(), values.end());
    for (FieldValue& value : hashed_) {
      if (!value.hash) value.hash = xxh3_128(value.bytes);
    }
    values = hashed_;
  }
  if (!hash_) hash_.emplace(schema);
  digest_.append((*hash_)({.key = record.key, .fields = values}));
  sources_.append(std::as_bytes(std::span(&record.source, 1)));
  return values;
}

}  // namespace dsprep
