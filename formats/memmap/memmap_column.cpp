#include "formats/memmap/memmap_column.h"

#include "formats/common/npy.h"

namespace dsprep {
namespace {

constexpr const char* kOffsetsDescr = "'<u8'";

template <class T>
Bytes bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace

MemmapColumn::MemmapColumn(const Field& field, TemporaryFiles& files) : field_(field) {
  const std::string descr = npy_descr(dtype_descr(field.dtype));
  const std::string name = "." + field.name;
  if (!field.ragged()) {
    values_.emplace(files.add(name + ".npy"), descr,
                    std::vector<std::uint64_t>(field.shape.begin(), field.shape.end()),
                    row_block_bytes(field.row_bytes()));
    return;
  }
  values_.emplace(files.add(name + ".npy"), descr, std::vector<std::uint64_t>{}, kBlockBytes);
  offsets_.emplace(files.add(name + ".offsets.npy"), kOffsetsDescr, std::vector<std::uint64_t>{},
                   kBlockBytes);
  offsets_->append(bytes_of(std::uint64_t{0}));
  if (field.shape.size() > 1) {
    shapes_.emplace(files.add(name + ".shapes.npy"), kOffsetsDescr,
                    std::vector<std::uint64_t>{field.shape.size()}, kBlockBytes);
  }
}

void MemmapColumn::append_part(Bytes bytes) {
  if (!parts_) parts_.emplace();
  parts_->update(bytes);
  part_elements_ += bytes.size() / dtype_size(field_.dtype);
  values_->append(bytes);
}

FieldValue MemmapColumn::whole(const FieldValue& last) {
  if (!parts_) return last;
  parts_->update(last.bytes);
  return {last.bytes, Shape{part_elements_ + last.shape.elements()}, parts_->value()};
}

void MemmapColumn::append(const FieldValue& value) {
  ++samples_;
  if (parts_) {
    values_->append(value.bytes);
  } else {
    values_->append(value.bytes, *value.hash);
  }
  parts_.reset();
  part_elements_ = 0;
  if (offsets_) {
    elements_ += value.shape.elements();
    offsets_->append(bytes_of(elements_));
  }
  if (shapes_) shapes_->append(std::as_bytes(value.shape.extents()));
}

std::uint32_t MemmapColumn::finish_stream(NpyStream& stream, std::uint64_t first_extent,
                                          const std::string& suffix, FooterHeader& header) {
  stream.finish(first_extent);
  header.files.push_back({suffix, stream.file().size(), stream.file().hash()});
  stream.file().close();
  return static_cast<std::uint32_t>(header.files.size() - 1);
}

void MemmapColumn::finish(FooterHeader& header, std::vector<Section>& sections) {
  const std::string& name = field_.name;
  const bool ragged = offsets_.has_value();
  Column column{
      .name = name,
      .layout = ragged ? Layout::kRagged : Layout::kRows,
      .file = finish_stream(*values_, ragged ? elements_ : samples_, "." + name + ".npy", header),
      .data_offset = values_->data_offset(),
      .row_bytes = ragged ? 0 : field_.row_bytes(),
      .block_bytes = values_->block_bytes()};
  sections.push_back(make_section(name + ".xxh3", values_->checksums()));
  if (offsets_) {
    column.offsets_file =
        finish_stream(*offsets_, samples_ + 1, "." + name + ".offsets.npy", header);
    column.offsets_offset = offsets_->data_offset();
    sections.push_back(make_section(name + ".offsets.xxh3", offsets_->checksums()));
  }
  if (shapes_) {
    column.shapes_file = finish_stream(*shapes_, samples_, "." + name + ".shapes.npy", header);
    column.shapes_offset = shapes_->data_offset();
    sections.push_back(make_section(name + ".shapes.xxh3", shapes_->checksums()));
  }
  header.columns.push_back(std::move(column));
}

}  // namespace dsprep
