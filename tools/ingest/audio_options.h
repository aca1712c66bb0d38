// AudioOptions: how files of sound become samples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dsprep/log_mel.h"
#include "dsprep/schema.h"
#include "tools/ingest/window_options.h"

namespace dsprep {

struct AudioOptions {
  std::uint32_t rate = 0;                ///< in Hz; 0: that of each file
  std::optional<std::uint32_t> channel;  ///< none: the mean of all
  DType dtype = DType::kFloat32;         ///< of waveforms; or int16
  WindowOptions windows;                 ///< of samples, or of frames with `mel`; length 0: none
  std::optional<MelOptions> mel;         ///< spectrograms in place of waveforms
};

/// As canonical JSON; its names are those of the command line.
std::string audio_options_json(const AudioOptions& options);

}  // namespace dsprep
