#include "formats/common/block_stream.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace dsprep {
std::string checksum_differs(std::uint64_t expected, std::uint64_t got) {
  const auto hex = [](std::uint64_t value) {
    return to_hex({.low = 0, .high = value}).substr(0, 16);
  };
  return "checksum differs: expected " + hex(expected) + ", got " + hex(got);
}

BlockStream::BlockStream(const ShardFiles& files, Place place, Verify verify)
    : files_(files), place_(std::move(place)), verify_(verify) {
  const std::uint64_t body = files.body_bytes(place_.file);
  if (place_.offset > body || place_.bytes > body - place_.offset) {
    files.corrupt("the footer puts '" + place_.section + "' outside its file");
  }
  if (place_.block_bytes == 0) files.corrupt("a block size of 0");
  if (std::has_single_bit(place_.block_bytes))
    shift_ = static_cast<unsigned>(std::countr_zero(place_.block_bytes));
}

std::uint64_t BlockStream::blocks() const noexcept {
  return place_.bytes / place_.block_bytes + (place_.bytes % place_.block_bytes != 0 ? 1 : 0);
}

std::uint64_t BlockStream::block_end(std::uint64_t block) const noexcept {
  const std::uint64_t begin = block * place_.block_bytes;
  return begin + std::min(place_.block_bytes, place_.bytes - begin);
}

const BlockStream::Index& BlockStream::index() const {
  return index_.get([this] {
    return Index{files_.section<std::uint64_t>(place_.section, blocks()), VerifiedBits(blocks())};
  });
}

void BlockStream::load(std::uint64_t begin, std::span<std::byte> out) const {
  files_.load(place_.file, place_.offset + begin, out);
}

void BlockStream::verify_block(const Index& index, std::uint64_t block, Bytes bytes) const {
  const std::uint64_t got = xxh3_64(bytes);
  if (got == index.checksums[block]) return;
  files_.corrupt(place_.file, place_.offset + block * place_.block_bytes,
                 checksum_differs(index.checksums[block], got));
}

// A block of which the reader wants only a part: it must be read as a whole to be compared.
void BlockStream::verify_border(const Index& index, std::uint64_t block) const {
  if (trusted(index, block)) return;
  const std::uint64_t begin = block * place_.block_bytes;
  std::vector<std::byte> bytes(block_end(block) - begin);
  load(begin, bytes);
  verify_block(index, block, bytes);
  index.verified.add(block);
}

void BlockStream::read(std::uint64_t begin, std::span<std::byte> out) const {
  if (out.empty())
    return load(begin, out);  // a missing file is an error even where no byte of it is wanted
  const std::uint64_t end = begin + out.size();
  if (verify_ == Verify::kNever) return load(begin, out);
  const Index& index = this->index();
  // Borders first: bytes that are read after the comparison are those that were compared, as far as
  // the file holds still.
  const std::uint64_t first = block_of(begin), last = block_of(end - 1);
  const auto is_whole = [&](std::uint64_t block) {
    return block * place_.block_bytes >= begin && block_end(block) <= end;
  };
  if (!is_whole(first)) verify_border(index, first);
  if (last != first && !is_whole(last)) verify_border(index, last);
  load(begin, out);
  for (std::uint64_t block = first; block <= last; ++block) {
    if (!is_whole(block) || trusted(index, block)) continue;
    const std::uint64_t at = block * place_.block_bytes;
    verify_block(index, block, out.subspan(at - begin, block_end(block) - at));
    index.verified.add(block);
  }
}

Bytes BlockStream::view(std::uint64_t begin, std::uint64_t bytes,
                        std::vector<std::byte>& scratch) const {
  if (const Bytes seen = mapped(begin, bytes); !seen.empty()) return seen;
  if (scratch.size() < bytes) scratch.resize(bytes);
  read(begin, std::span(scratch).first(bytes));
  return std::span(scratch).first(bytes);
}

Bytes BlockStream::mapped_whole() const {
  const Bytes file = files_.mapped(place_.file, 0);
  if (file.size() < place_.offset + place_.bytes) return {};
  return file.subspan(place_.offset, place_.bytes);
}

Bytes BlockStream::mapped(std::uint64_t begin, std::uint64_t bytes) const {
  const Bytes file = files_.mapped(place_.file, bytes);
  if (bytes == 0 || file.size() < place_.offset + place_.bytes) return {};
  if (verify_ != Verify::kNever) {
    const Index& index = this->index();
    const std::uint64_t last = block_of(begin + bytes - 1);
    for (std::uint64_t block = block_of(begin); block <= last; ++block) verify_border(index, block);
  }
  return file.subspan(place_.offset + begin, bytes);
}

std::uint64_t BlockStream::checksum_at(std::uint64_t begin) const {
  const std::vector<std::uint64_t>& checksums = index().checksums;
  if (checksums.empty()) return 0;
  return checksums[std::min<std::uint64_t>(begin / place_.block_bytes, checksums.size() - 1)];
}

void BlockStream::check(const std::function<void(const BadBlock&)>& report) const {
  const Index& index = this->index();
  std::vector<std::byte> bytes;
  for (std::uint64_t block = 0; block < blocks(); ++block) {
    const std::uint64_t begin = block * place_.block_bytes;
    bytes.resize(block_end(block) - begin);
    load(begin, bytes);
    const std::uint64_t got = xxh3_64(bytes);
    if (got != index.checksums[block])
      report({begin, block_end(block), checksum_differs(index.checksums[block], got)});
  }
}

}  // namespace dsprep
