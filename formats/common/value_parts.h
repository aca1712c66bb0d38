// ValueParts: values that come in parts, kept until they are whole. For containers that have a
// value's size in front of it.
#pragma once

#include <vector>

#include "dsprep/record.h"
#include "formats/common/bytes.h"
#include "formats/common/sample_index.h"

namespace dsprep {

/// One thread at a time.
class ValueParts {
 public:
  /// As ShardWriter::append_part().
  void add(const Schema& schema, std::size_t field, Bytes bytes) {
    check_part(schema, field, bytes);
    bytes_.resize(schema.fields.size());
    put_bytes(bytes_[field], bytes);
  }
  /// `last` with all parts of its values in front of what it has of them. Requires: check_record().
  /// Views live until drop().
  Record whole(const Schema& schema, const Record& last) {
    if (bytes_.empty()) return last;
    fields_.assign(last.fields.begin(), last.fields.end());
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if (bytes_[i].empty()) continue;
      put_bytes(bytes_[i], last.fields[i].bytes);
      fields_[i] = {bytes_[i], Shape{bytes_[i].size() / dtype_size(schema.fields[i].dtype)}};
    }
    Record whole = last;
    whole.fields = fields_;
    return whole;
  }
  void drop() noexcept { bytes_.clear(); }

 private:
  std::vector<std::vector<std::byte>> bytes_;  // by field; empty where no part has come
  std::vector<FieldValue> fields_;
};

}  // namespace dsprep
