#include "formats/common/footer_builder.h"

#include <algorithm>
#include <utility>

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
  if (record.fields.size() != schema.fields.size()) {
    throw Error(ErrorCode::kUsage, "a sample has " + std::to_string(record.fields.size()) +
                                       " values, the schema has " +
                                       std::to_string(schema.fields.size()) + " fields");
  }
  for (std::size_t i = 0; i < schema.fields.size(); ++i)
    check_value(schema.fields[i], record.fields[i], record.key);
}

FooterBuilder::FooterBuilder(ShardHeader header) {
  header_.shard = std::move(header);
  header_.columns.push_back({.name = "key", .layout = Layout::kRanges});
  for (const Field& field : header_.shard.schema.fields) {
    const bool inlined = field.encoding == Encoding::kClass;
    header_.columns.push_back({.name = field.name,
                               .layout = inlined ? Layout::kInline : Layout::kRanges,
                               .row_bytes = inlined ? field.row_bytes() : 0});
    columns_.push_back({.inlined = inlined, .shaped = field.ragged() && field.shape.size() > 1});
  }
}

void FooterBuilder::append(const Record& record) {
  hashed_.assign(record.fields.begin(), record.fields.end());
  for (std::size_t i = 0; i < hashed_.size(); ++i) {
    FieldValue& value = hashed_[i];
    FieldColumn& column = columns_[i];
    if (!value.hash) value.hash = xxh3_128(value.bytes);
    if (column.inlined) {
      put_bytes(column.values, value.bytes);
      continue;
    }
    column.offset.push_back(0);
    column.length.push_back(value.bytes.size());
    column.checksum.push_back(xxh3_64_from_128(*value.hash, value.bytes));
    if (column.shaped) std::ranges::copy(value.shape.extents(), std::back_inserter(column.shapes));
  }
  put_bytes(key_bytes_, as_bytes(record.key));
  key_offsets_.push_back(key_bytes_.size());
  sources_.push_back(record.source);
  header_.digest.append(sample_hash(header_.shard.schema, {.key = record.key, .fields = hashed_}));
}

void FooterBuilder::set_offset(std::uint64_t sample, std::size_t field, std::uint64_t offset) {
  columns_[field].offset[sample] = offset;
}

std::vector<Section> FooterBuilder::sections() const {
  std::vector<Section> out;
  out.push_back(make_section("key.offsets", key_offsets_));
  out.push_back({"key.bytes", key_bytes_});
  out.push_back(make_section("source.xxh3", sources_));
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string& name = header_.shard.schema.fields[i].name;
    const FieldColumn& column = columns_[i];
    if (column.inlined) {
      out.push_back({name + ".values", column.values});
      continue;
    }
    out.push_back(make_section(name + ".offset", column.offset));
    out.push_back(make_section(name + ".length", column.length));
    out.push_back(make_section(name + ".xxh3", column.checksum));
    if (column.shaped) out.push_back(make_section(name + ".shapes", column.shapes));
  }
  return out;
}

std::vector<std::byte> FooterBuilder::encode(const BodyFile& body, std::size_t multiple) {
  header_.files = {body};
  return encode_footer(header_, sections(), body.bytes, multiple);
}

}  // namespace dsprep
