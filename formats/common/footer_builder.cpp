#include "formats/common/footer_builder.h"

#include <algorithm>
#include <utility>

namespace dsprep {
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
  const std::span<const FieldValue> values = index_.append(header_.shard.schema, record);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const FieldValue& value = values[i];
    FieldColumn& column = columns_[i];
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
}

void FooterBuilder::set_offset(std::uint64_t sample, std::size_t field, std::uint64_t offset) {
  columns_[field].offset[sample] = offset;
}

std::vector<Section> FooterBuilder::sections() {
  std::vector<Section> out;
  out.push_back(make_section("key.offsets", key_offsets_));
  out.push_back({.name = "key.bytes", .bytes = key_bytes_});
  out.push_back(index_.sources());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string& name = header_.shard.schema.fields[i].name;
    const FieldColumn& column = columns_[i];
    if (column.inlined) {
      out.push_back({.name = name + ".values", .bytes = column.values});
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
  header_.digest = index_.digest();
  header_.files = {body};
  return encode_footer(header_, sections(), body.bytes, multiple);
}

}  // namespace dsprep
