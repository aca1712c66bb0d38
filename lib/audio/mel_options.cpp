// What MelOptions may be, and the words for it.
#include <array>
#include <string>

#include "dsprep/error.h"
#include "dsprep/log_mel.h"

namespace dsprep {
namespace {

constexpr std::array<std::string_view, 3> kPads = {"zero", "reflect", "none"};
constexpr std::array<std::string_view, 2> kScales = {"slaney", "htk"};
constexpr std::array<std::string_view, 2> kNorms = {"slaney", "none"};
constexpr std::array<std::string_view, 4> kLogs = {"ln", "log10", "db", "none"};

constexpr std::uint32_t kMostFft = 1 << 16;
constexpr std::uint32_t kMostMels = 4096;

template <class T, std::size_t N>
std::optional<T> find(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<T>(i);
  }
  return std::nullopt;
}

void require(bool good, const std::string& what) {
  if (!good) throw Error(ErrorCode::kUsage, "a spectrogram needs " + what);
}

}  // namespace

MelOptions MelOptions::resolved() const {
  MelOptions out = *this;
  if (out.window == 0) out.window = rate / 40;
  if (out.hop == 0) out.hop = rate / 100;
  if (out.fft == 0) out.fft = out.window;
  if (out.high_hz == 0) out.high_hz = rate / 2.0;
  return out;
}

void MelOptions::validate() const {
  require(rate != 0, "a rate");
  require(mels >= 1 && mels <= kMostMels, "1 to 4,096 bands");
  require(window >= 2 && window <= kMostFft, "a window of 2 to 65,536 samples");
  require(fft >= window && fft <= kMostFft,
          "a transform of as many samples as its window at least, 65,536 at most");
  require(hop >= 1, "a hop of 1 sample at least");
  require(low_hz >= 0 && low_hz < high_hz && high_hz <= rate / 2.0,
          "frequencies from 0 Hz to half of the rate (" + std::to_string(rate / 2) + " Hz)");
  require(floor > 0 && floor < 1e300, "a floor above 0");
}

std::string_view mel_pad_name(MelPad pad) noexcept { return kPads[static_cast<std::size_t>(pad)]; }
std::string_view mel_scale_name(MelScale scale) noexcept {
  return kScales[static_cast<std::size_t>(scale)];
}
std::string_view mel_norm_name(MelNorm norm) noexcept {
  return kNorms[static_cast<std::size_t>(norm)];
}
std::string_view mel_log_name(MelLog log) noexcept { return kLogs[static_cast<std::size_t>(log)]; }

std::optional<MelPad> mel_pad_from_name(std::string_view name) noexcept {
  return find<MelPad>(kPads, name);
}
std::optional<MelScale> mel_scale_from_name(std::string_view name) noexcept {
  return find<MelScale>(kScales, name);
}
std::optional<MelNorm> mel_norm_from_name(std::string_view name) noexcept {
  return find<MelNorm>(kNorms, name);
}
std::optional<MelLog> mel_log_from_name(std::string_view name) noexcept {
  return find<MelLog>(kLogs, name);
}

}  // namespace dsprep
