#include "tools/ingest/audio_options.h"

#include <nlohmann/json.hpp>

namespace dsprep {
namespace {

using nlohmann::json;

void add_mel(const MelOptions& mel, json& out) {
  out["mel"] = mel.mels;
  out["window"] = mel.window;
  out["hop"] = mel.hop;
  out["fft"] = mel.fft;
  out["mel_pad"] = mel_pad_name(mel.pad);
  out["mel_scale"] = mel_scale_name(mel.scale);
  out["mel_norm"] = mel_norm_name(mel.norm);
  out["mel_log"] = mel_log_name(mel.log);
  out["mel_floor"] = mel.floor;
  out["fmin"] = mel.low_hz;
  out["fmax"] = mel.high_hz;
}

}  // namespace

std::string audio_options_json(const AudioOptions& options) {
  json out = {{"channel", options.channel ? std::to_string(*options.channel) : "mix"}};
  if (options.rate != 0) out["rate"] = options.rate;
  if (options.mel) {
    add_mel(*options.mel, out);
  } else {
    out["dtype"] = dtype_name(options.dtype);
  }
  if (options.windows.length != 0) {
    out[options.mel ? "frames" : "window"] = options.windows.length;
    out[options.mel ? "stride" : "hop"] = options.windows.stride;
    out["tail"] = tail_text(options.windows);
  }
  return out.dump();
}

}  // namespace dsprep
