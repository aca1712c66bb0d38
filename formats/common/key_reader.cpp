#include "formats/common/key_reader.h"

#include <algorithm>

namespace dsprep {

KeyReader::KeyReader(const ShardFiles& files, Verify verify) : files_(files) {
  const Column& column = files.header().columns[0];
  if (column.layout == Layout::kRanges) return;
  if (column.layout != Layout::kRows || column.row_bytes == 0)
    files.corrupt("keys in a layout that keys never have");
  row_bytes_ = column.row_bytes;
  rows_.emplace(files, rows_place(files, column, row_bytes_), verify);
}

const KeyReader::Sections& KeyReader::sections() const {
  return sections_.get([this] {
    const std::uint64_t samples = files_.samples();
    Sections sections{files_.section<std::uint64_t>("key.offsets", samples + 1),
                      files_.footer().section_bytes(files_.footer_file(), "key.bytes")};
    if (!std::ranges::is_sorted(sections.offsets) ||
        sections.offsets.back() > sections.bytes.size()) {
      files_.corrupt("the offsets of the keys do not rise, or point behind the keys");
    }
    return sections;
  });
}

std::string_view KeyReader::read(std::uint64_t position, std::string& buffer) const {
  if (rows_) {
    buffer.resize(row_bytes_);
    rows_->read(position * row_bytes_, std::as_writable_bytes(std::span(buffer)));
    buffer.resize(buffer.find_last_not_of('\0') + 1);  // npos + 1 is 0
    return buffer;
  }
  const Sections& keys = sections();
  const std::uint64_t begin = keys.offsets[position];
  const auto* text = reinterpret_cast<const char*>(keys.bytes.data());
  return buffer.assign(text + begin, keys.offsets[position + 1] - begin);
}

void KeyReader::check(std::uint32_t file, const std::function<void(const Damage&)>& report) const {
  if (rows_ && rows_->place().file == file) check_rows(*rows_, row_bytes_, report);
}

}  // namespace dsprep
