#include "tools/ingest/packer.h"

#include <algorithm>
#include <utility>

namespace dsprep {

void add_row_fields(Schema& schema, DType tokens, const WindowOptions& options) {
  const bool fixed = options.tail == Tail::kDrop || options.tail == Tail::kPad;
  const std::int64_t extent = fixed ? static_cast<std::int64_t>(options.length) : -1;
  schema.fields.push_back({"tokens", tokens, {extent}, Encoding::kArray});
  if (options.pack) schema.fields.push_back({"starts", DType::kUint32, {-1}, Encoding::kArray});
  if (options.tail == Tail::kPad)
    schema.fields.push_back({"length", DType::kUint32, {}, Encoding::kArray});
}

Packer::Packer(const WindowOptions& options, DType dtype, std::function<ShardWriter&()> writer)
    : options_(options), width_(dtype_size(dtype)), writer_(std::move(writer)) {
  row_.reserve(options.length * width_);
}

void Packer::begin_row(std::string_view key, std::uint64_t start) {
  key_.assign(key).append("@").append(std::to_string(start));
}

void Packer::add(std::string_view key, Bytes ids, const Hash128& source, bool more) {
  const std::size_t row_bytes = options_.length * width_;
  for (std::size_t at = 0; at < ids.size();) {
    const std::uint64_t place = begun_ + at / width_;
    if (row_.empty()) begin_row(key, place);
    if (row_.empty() || place == 0) {
      starts_.push_back(static_cast<std::uint32_t>(row_.size() / width_));
      sources_.push_back(source);
    }
    const std::size_t take = std::min(ids.size() - at, row_bytes - row_.size());
    row_.insert(row_.end(), ids.begin() + static_cast<std::ptrdiff_t>(at),
                ids.begin() + static_cast<std::ptrdiff_t>(at + take));
    at += take;
    if (row_.size() == row_bytes) write_row();
  }
  begun_ = more ? begun_ + ids.size() / width_ : 0;
}

void Packer::write_row() {
  const auto length = static_cast<std::uint32_t>(row_.size() / width_);
  if (options_.tail == Tail::kPad) {
    const Bytes pad = std::as_bytes(std::span(&options_.pad, 1)).first(width_);  // little-endian
    while (row_.size() < options_.length * width_) row_.insert(row_.end(), pad.begin(), pad.end());
  }
  const FieldValue fields[] = {{row_, Shape{row_.size() / width_}},
                               {std::as_bytes(std::span(starts_)), Shape{starts_.size()}},
                               {std::as_bytes(std::span(&length, 1)), Shape{}}};
  writer_().append({.key = key_,
                    .fields = std::span(fields).first(options_.tail == Tail::kPad ? 3 : 2),
                    .source = xxh3_128(std::as_bytes(std::span(sources_)))});
  row_.clear();
  starts_.clear();
  sources_.clear();
}

std::uint64_t Packer::finish() {
  if (row_.empty()) return 0;
  const std::uint64_t left = row_.size() / width_;
  if (options_.tail == Tail::kDrop) return left;
  write_row();
  return 0;
}

}  // namespace dsprep
