#include "formats/common/sample_index.h"

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

std::span<const FieldValue> SampleIndex::append(const Schema& schema, const Record& record) {
  hashed_.assign(record.fields.begin(), record.fields.end());
  for (FieldValue& value : hashed_) {
    if (!value.hash) value.hash = xxh3_128(value.bytes);
  }
  if (!hash_) hash_.emplace(schema);
  digest_.append((*hash_)({.key = record.key, .fields = hashed_}));
  sources_.push_back(record.source);
  return hashed_;
}

}  // namespace dsprep
