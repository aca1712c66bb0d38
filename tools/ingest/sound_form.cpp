#include "tools/ingest/sound_form.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "dsprep/error.h"

namespace dsprep {
namespace {

// Reads numbers of either order; what is not there reads as 0.
class Chunks {
 public:
  Chunks(Bytes file, bool big) : file_(file), big_(big) {}

  std::uint64_t number(std::size_t at, std::size_t bytes) const noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      const std::size_t place = at + (big_ ? i : bytes - 1 - i);
      value = value << 8 | (place < file_.size() ? std::to_integer<std::uint64_t>(file_[place]) : 0);
    }
    return value;
  }
  bool is(std::size_t at, std::string_view name) const noexcept {
    return at + name.size() <= file_.size() &&
           std::ranges::equal(file_.subspan(at, name.size()), name, [](std::byte byte, char c) {
             return std::to_integer<char>(byte) == c;
           });
  }
  std::size_t size() const noexcept { return file_.size(); }

 private:
  Bytes file_;
  bool big_;
};

[[noreturn]] void refuse_short(const std::string& what, std::uint64_t said, std::uint64_t there) {
  throw Error(ErrorCode::kTruncated, what + " has " + std::to_string(said) +
                                         " bytes by its header, and " + std::to_string(there) +
                                         " are there");
}

// The chunk that holds the samples must stand whole in the file. Chunks are padded to even sizes.
void check_chunks(const Chunks& chunks, std::string_view wanted, std::optional<std::uint64_t> size64) {
  for (std::uint64_t at = 12; at + 8 <= chunks.size();) {
    const std::uint64_t size = chunks.number(at + 4, 4);
    const std::uint64_t there = chunks.size() - at - 8;
    if (chunks.is(at, wanted)) {
      const bool unknown = size == 0xFFFFFFFF || size == 0x7FFFF000;
      const std::uint64_t said = unknown ? size64.value_or(there) : size;
      if (said > there) refuse_short("the chunk of samples", said, there);
      return;
    }
    if (size > there) refuse_short("a chunk before the samples", size, there);
    at += 8 + size + size % 2;
  }
  throw Error(ErrorCode::kTruncated, "the file ends before its samples");
}

void check_riff(Bytes file) {
  const Chunks chunks(file, Chunks(file, false).is(0, "RIFX"));
  std::optional<std::uint64_t> size64;
  if (chunks.is(0, "RF64") && chunks.is(12, "ds64")) size64 = chunks.number(28, 8);
  check_chunks(chunks, "data", size64);
}

constexpr std::array<std::uint32_t, 256> make_ogg_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i << 24;
    for (int bit = 0; bit < 8; ++bit)
      value = value << 1 ^ ((value & 0x80000000U) != 0 ? 0x04C11DB7U : 0U);
    table[i] = value;
  }
  return table;
}

// CRC-32 of a page, its own four bytes (from 22 on) taken as 0.
std::uint32_t ogg_checksum(Bytes page) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_ogg_table();
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < page.size(); ++i) {
    const std::uint32_t byte = i >= 22 && i < 26 ? 0 : std::to_integer<std::uint32_t>(page[i]);
    sum = sum << 8 ^ kTable[(sum >> 24) ^ byte];
  }
  return sum;
}

void check_ogg(Bytes file) {
  const Chunks all(file, false);
  std::optional<std::uint64_t> serial;
  std::uint64_t number = 0;
  bool last = false;
  for (std::size_t at = 0, size = 0; at < file.size(); at += size) {
    const auto where = " at byte " + std::to_string(at);
    if (!all.is(at, "OggS")) throw Error(ErrorCode::kCorrupt, "no page of Ogg stands" + where);
    const std::uint64_t segments = all.number(at + 26, 1);
    size = 27 + segments;
    for (std::size_t i = 0; i < segments; ++i) size += all.number(at + 27 + i, 1);
    if (size > file.size() - at) refuse_short("the page" + where, size, file.size() - at);
    const Bytes page = file.subspan(at, size);
    if (ogg_checksum(page) != all.number(at + 22, 4))
      throw Error(ErrorCode::kCorrupt, "the checksum of the page" + where + " does not hold");
    const std::uint64_t stream = all.number(at + 14, 4), sequence = all.number(at + 18, 4);
    if (serial == stream && sequence != number + 1)
      throw Error(ErrorCode::kCorrupt, "a page is missing" + where);
    serial = stream;
    number = sequence;
    last = (all.number(at + 5, 1) & 4) != 0;
  }
  if (!last) throw Error(ErrorCode::kTruncated, "the last page of the stream is missing");
}

}  // namespace

SoundForm sound_form(Bytes file) noexcept {
  const Chunks head(file, true);
  if ((head.is(0, "RIFF") || head.is(0, "RIFX") || head.is(0, "RF64")) && head.is(8, "WAVE"))
    return SoundForm::kRiff;
  if (head.is(0, "FORM") && (head.is(8, "AIFF") || head.is(8, "AIFC"))) return SoundForm::kAiff;
  if (head.is(0, "fLaC")) return SoundForm::kFlac;
  if (head.is(0, "OggS")) return SoundForm::kOgg;
  if (head.is(0, ".snd")) return SoundForm::kAu;
  if (head.is(0, "caff")) return SoundForm::kCaf;
  if (head.is(0, "riff\x2E\x91\xCF\x11")) return SoundForm::kW64;
  const std::uint64_t word = head.number(0, 2);  // a frame of MPEG audio, layer I to III
  if (head.is(0, "ID3") || ((word & 0xFFE0) == 0xFFE0 && (word & 0x0006) != 0)) return SoundForm::kMp3;
  return SoundForm::kNone;
}

std::string_view sound_form_name(SoundForm form) noexcept {
  static constexpr std::string_view kNames[] = {"none", "wav", "aiff", "flac", "ogg",
                                                "mp3",  "au",  "caf",  "w64"};
  return kNames[static_cast<std::size_t>(form)];
}

void check_sound_form(SoundForm form, Bytes file) {
  if (form == SoundForm::kRiff) check_riff(file);
  if (form == SoundForm::kAiff) check_chunks(Chunks(file, true), "SSND", std::nullopt);
  if (form == SoundForm::kOgg) check_ogg(file);
}

}  // namespace dsprep
