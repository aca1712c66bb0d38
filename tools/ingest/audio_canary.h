// What this machine makes of known sounds.
#pragma once

#include <string>

namespace dsprep {

/// Canonical JSON, for Kind::canary(): a hash of an Ogg Vorbis and an mp3 file as they are decoded,
/// brought to another rate, and turned into a spectrogram; and the library's version.
std::string audio_canary();

}  // namespace dsprep
