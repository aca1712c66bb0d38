#include "tools/audio_options.h"

#include <limits>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kMostRate = 10'000'000;

[[noreturn]] void refuse(const std::string& what, const std::string& remedy = {}) {
  throw Error(ErrorCode::kUsage, what, {}, remedy);
}

std::uint32_t number(const ParsedOptions& parsed, const std::string& name, std::uint64_t most) {
  const std::uint64_t value = parsed.count(name);
  if (value == 0 || value > most)
    refuse("--" + name + " must be from 1 to " + std::to_string(most));
  return static_cast<std::uint32_t>(value);
}

std::uint32_t number_or_0(const ParsedOptions& parsed, const std::string& name) {
  return parsed.given(name) ? number(parsed, name, std::numeric_limits<std::uint32_t>::max()) : 0;
}

template <class T>
T named(const ParsedOptions& parsed, const std::string& name,
        std::initializer_list<std::string_view> names,
        std::optional<T> (*find)(std::string_view) noexcept) {
  return *find(parsed.choice(name, names));
}

MelOptions mel_options(const ParsedOptions& parsed, std::uint32_t rate) {
  if (rate == 0)
    refuse("--mel needs --rate", "say the rate in Hz that all files are brought to");
  MelOptions mel{.rate = rate, .mels = number_or_0(parsed, "mel")};
  mel.window = number_or_0(parsed, "window");
  mel.hop = number_or_0(parsed, "hop");
  mel.fft = number_or_0(parsed, "fft");
  mel.pad = named<MelPad>(parsed, "mel-pad", {"zero", "reflect", "none"}, mel_pad_from_name);
  mel.scale = named<MelScale>(parsed, "mel-scale", {"slaney", "htk"}, mel_scale_from_name);
  mel.norm = named<MelNorm>(parsed, "mel-norm", {"slaney", "none"}, mel_norm_from_name);
  mel.log = named<MelLog>(parsed, "mel-log", {"ln", "log10", "db", "none"}, mel_log_from_name);
  mel.low_hz = parsed.get<double>("fmin");
  mel.high_hz = parsed.get<double>("fmax");
  mel.floor = parsed.get<double>("mel-floor");
  const MelOptions resolved = mel.resolved();
  (void)LogMel(resolved);  // throws what is wrong with them
  return resolved;
}

void read_tail(const ParsedOptions& parsed, WindowOptions& windows) {
  if (!parsed.given("tail")) return;
  if (windows.length == 0) refuse("--tail: whole files have none", "with --mel, say --frames N");
  parse_tail(parsed.text("tail"), windows);
}

// With --mel, windows of frames; else of samples.
WindowOptions window_options(const ParsedOptions& parsed, bool mel) {
  constexpr std::uint64_t kLongest = 1 << 28;
  const std::string length = mel ? "frames" : "window", stride = mel ? "stride" : "hop";
  WindowOptions windows;
  if (parsed.given(length)) {
    windows.length = number(parsed, length, kLongest);
    windows.stride = parsed.given(stride) ? number(parsed, stride, kLongest) : windows.length;
  } else if (parsed.given(stride)) {
    refuse("--" + stride + " needs --" + length);
  }
  read_tail(parsed, windows);
  return windows;
}

}  // namespace

void add_audio_options(po::options_description& options) {
  const auto count = [] { return po::value<Count>()->value_name("N"); };
  const auto text = [](const char* standard) {
    return po::value<std::string>()->value_name("NAME")->default_value(standard);
  };
  const auto real = [](double standard, const char* shown) {
    return po::value<double>()->value_name("X")->default_value(standard, shown);
  };
  options.add_options()("rate", po::value<Count>()->value_name("HZ"),
                        "sound: bring all files to this rate (each keeps its own)")(
      "channel", po::value<std::string>()->value_name("N|mix")->default_value("mix"),
      "sound: mix (the mean of all channels), or one of them, from 0")(
      "hop", count(),
      "sound: samples between the beginnings of windows (of --window N samples; that length), or, "
      "with --mel, between frames (10 ms)")(
      "mel", count(),
      "sound: log-mel spectrograms of N bands; --window is that of the transform (25 ms)")(
      "fft", count(), "--mel: samples of the transform (the window's)")(
      "frames", count(), "--mel: cut into windows of N frames, --stride apart (whole files)")(
      "mel-pad", text("zero"),
      "--mel: frames are centred and the sound is continued by zero or reflect, or none")(
      "mel-scale", text("slaney"), "--mel: slaney or htk")(
      "mel-norm", text("slaney"), "--mel: slaney (bands of equal area) or none")(
      "mel-log", text("ln"), "--mel: ln, log10, db or none")(
      "mel-floor", real(1e-10, "1e-10"), "--mel: the least power that is told from silence")(
      "fmin", real(0, "0"), "--mel: the lowest frequency, in Hz")(
      "fmax", real(0, "0"), "--mel: the highest (0: half of the rate)");
}

AudioOptions audio_options_from(const ParsedOptions& parsed) {
  AudioOptions options;
  if (parsed.given("rate")) options.rate = number(parsed, "rate", kMostRate);
  if (const std::string& channel = parsed.text("channel"); channel != "mix") {
    const auto number = parse_u64(channel);
    if (!number || *number > 1023) refuse("--channel: '" + channel + "' is neither mix nor a number");
    options.channel = static_cast<std::uint32_t>(*number);
  }
  const bool mel = parsed.given("mel");
  for (const char* name :
       {"fft", "frames", "mel-pad", "mel-scale", "mel-norm", "mel-log", "mel-floor", "fmin", "fmax"}) {
    if (!mel && parsed.given(name)) refuse("--" + std::string(name) + " needs --mel");
  }
  if (mel) options.mel = mel_options(parsed, options.rate);
  if (mel || parsed.given("hop") || parsed.given("window"))
    options.windows = window_options(parsed, mel);
  if (parsed.text("dtype") == "int16") {
    if (mel) refuse("--dtype: spectrograms are float32");
    options.dtype = DType::kInt16;
  }
  return options;
}

void note_audio_options(const ParsedOptions& parsed,
                        std::vector<std::pair<InputKind, std::string>>& of_kind) {
  for (const char* name : {"window", "tail"}) {
    if (parsed.given(name)) of_kind.emplace_back(InputKind::kAudio, name);
  }
  if (parsed.given("stride") && parsed.given("mel"))
    of_kind.emplace_back(InputKind::kAudio, "stride");
  if (!parsed.given("dtype") || parsed.text("dtype").starts_with("uint")) return;
  of_kind.emplace_back(InputKind::kAudio, "dtype");
  if (parsed.text("dtype") != "auto")
    std::erase(of_kind, std::pair(InputKind::kText, std::string("dtype")));
}

}  // namespace dsprep
