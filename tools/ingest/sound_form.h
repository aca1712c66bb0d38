// The containers of sound: which one a file is, and whether it is whole.
#pragma once

#include <cstdint>
#include <string_view>

#include "dsprep/record.h"

namespace dsprep {

enum class SoundForm : std::uint8_t { kNone, kRiff, kAiff, kFlac, kOgg, kMp3, kAu, kCaf, kW64 };

/// By the first bytes, whatever the name is.
SoundForm sound_form(Bytes file) noexcept;
std::string_view sound_form_name(SoundForm form) noexcept;  ///< "wav", "aiff", …

/// Throws kTruncated where the file ends before its header says so, and kCorrupt where a checksum of
/// the container does not hold. RIFF (wav) and AIFF: sizes of their chunks; a size that writers to a
/// pipe leave in a wav (0xFFFFFFFF, 0x7FFFF000) counts as unknown. Ogg: checksum and number of every
/// page, and the mark on the last. The others say what is wrong when they are decoded; an mp3 has
/// neither length nor checksums, and where it is cut, the rest is taken for all.
void check_sound_form(SoundForm form, Bytes file);

}  // namespace dsprep
