// WholeValueWriter: what writers of containers share that have a value's size in front of it.
// Values that come in parts are kept until they are whole.
#pragma once

#include <utility>

#include "dsprep/shard.h"
#include "formats/common/footer_builder.h"
#include "formats/common/sample_index.h"
#include "formats/common/value_parts.h"

namespace dsprep {

/// One thread at a time. Memory: what a sample's parts have, beside what the container keeps.
class WholeValueWriter : public ShardWriter {
 public:
  void append(const Record& record) final {
    check_record(schema(), record);
    append_whole(parts_.whole(schema(), record));
    parts_.drop();
  }
  void append_part(std::size_t field, Bytes bytes) final { parts_.add(schema(), field, bytes); }
  std::uint64_t samples() const noexcept final { return builder_.samples(); }

 protected:
  explicit WholeValueWriter(ShardHeader header) : builder_(std::move(header)) {}
  /// Writes a sample that check_record() has passed, and adds it to the footer.
  virtual void append_whole(const Record& record) = 0;
  const Schema& schema() const noexcept { return builder_.header().schema; }

  FooterBuilder builder_;

 private:
  ValueParts parts_;
};

}  // namespace dsprep
