#include "tools/ingest/audio_canary.h"

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "dsprep/checksum.h"
#include "dsprep/error.h"
#include "dsprep/log_mel.h"
#include "dsprep/resampler.h"
#include "tools/ingest/sound_file.h"

namespace dsprep {
namespace {

// Made by tests/support/make_audio_canary.py.
#include "tools/ingest/audio_canary_data.inc"

std::vector<double> decoded(std::span<const unsigned char> bytes) {
  std::vector<double> signal;
  try {
    SoundFile file(std::as_bytes(bytes), std::nullopt);
    while (file.read(signal, 4096)) {
    }
  } catch (const Error&) {  // a library without this codec
    signal = {-1};
  }
  return signal;
}

}  // namespace

std::string audio_canary() {
  Hasher128 hasher;
  const auto filter = std::make_shared<const ResampleFilter>(8000, 11025);
  const LogMel mel({.rate = 11025, .mels = 16, .window = 400, .hop = 160});
  for (const std::span<const unsigned char> file : {std::span<const unsigned char>(kOggCanary),
                                                    std::span<const unsigned char>(kMp3Canary)}) {
    const std::vector<double> signal = decoded(file);
    hasher.update(std::as_bytes(std::span(signal)));
    Resampler resampler(filter);
    resampler.push(signal);
    resampler.finish();
    std::vector<double> resampled;
    resampler.pull(resampled);
    hasher.update(std::as_bytes(std::span(resampled)));
    const std::vector<float> frames = mel.compute(resampled);
    hasher.update(std::as_bytes(std::span(frames)));
  }
  return nlohmann::json{{"audio", to_hex(hasher.value())}, {"codecs", sound_library()}}.dump();
}

}  // namespace dsprep
