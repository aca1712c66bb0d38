#include "tools/ingest/window_writer.h"

#include <algorithm>

#include "formats/common/bytes.h"

namespace dsprep {

void WindowWriter::add(const Record& part, const Writer& writer) {
  put_bytes(kept_, part.fields[0].bytes);
  ids_ += part.fields[0].shape.elements();
  for (; next_ + options_.length <= ids_; next_ += options_.stride)
    write(next_, options_.length, part, writer);
  // The last window may begin earlier than the next one would.
  std::uint64_t from = std::min(next_, ids_);
  if (options_.tail == Tail::kShift) from = std::min(from, ids_ - std::min(options_.length, ids_));
  kept_.erase(kept_.begin(),
              kept_.begin() + static_cast<std::ptrdiff_t>((from - kept_from_) * width_));
  kept_from_ = from;
}

std::uint64_t WindowWriter::finish(const Record& last, const Writer& writer) {
  add(last, writer);
  write_tail(last, writer);
  const std::uint64_t left_out = ids_ - covered_;
  *this = WindowWriter(options_, dtype_);
  return left_out;
}

void WindowWriter::write_tail(const Record& last, const Writer& writer) {
  const bool at_end =
      next_ > 0 && (next_ >= ids_ || next_ - options_.stride + options_.length == ids_);
  if (at_end || options_.tail == Tail::kDrop) return;
  const std::uint64_t whole = std::min(options_.length, ids_);
  if (options_.tail == Tail::kShift) return write(ids_ - whole, whole, last, writer);
  write(next_, ids_ - next_, last, writer);
}

void WindowWriter::write(std::uint64_t start, std::uint64_t length, const Record& part,
                         const Writer& writer) {
  key_.assign(part.key).append("@").append(std::to_string(start));
  fields_.assign(part.fields.begin(), part.fields.end());
  const Bytes ids = Bytes(kept_).subspan((start - kept_from_) * width_, length * width_);
  fields_[0] = {ids, Shape{length}};
  const auto length32 = static_cast<std::uint32_t>(length);
  if (options_.tail == Tail::kPad) {
    padded_.assign(ids.begin(), ids.end());
    const Bytes pad = std::as_bytes(std::span(&options_.pad, 1)).first(width_);  // little-endian
    for (std::uint64_t i = length; i < options_.length; ++i) put_bytes(padded_, pad);
    fields_[0] = {padded_, Shape{options_.length}};
    fields_[1] = {std::as_bytes(std::span(&length32, 1)), Shape{}};
  }
  covered_ += start + length - std::max(start, covered_to_);
  covered_to_ = start + length;
  writer().append({.key = key_,
                   .fields = fields_,
                   .source = part.source,
                   .ambiguous_stem = part.ambiguous_stem});
}

}  // namespace dsprep
