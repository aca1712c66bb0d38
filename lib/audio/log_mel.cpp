#include "dsprep/log_mel.h"

#include <algorithm>

#include "lib/audio/mel_filters.h"
#include "lib/audio/real_fft.h"
#include "lib/image/exact_math.h"

namespace dsprep {
namespace {

constexpr double kLn10 = 2.30258509299404568402;

std::vector<double> hann(std::uint32_t size) {
  std::vector<double> window;
  for (std::uint32_t i = 0; i < size; ++i) window.push_back(0.5 * (1.0 - unit_root(i, size).re));
  return window;
}

MelOptions checked(const MelOptions& options) {
  MelOptions out = options.resolved();
  out.validate();
  return out;
}

// Where the sample stands that a mirror at both ends shows at `place`.
std::int64_t mirrored(std::int64_t place, std::uint64_t total) noexcept {
  const auto last = static_cast<std::int64_t>(total) - 1;
  if (place < 0) place = -place;
  return place > last ? 2 * last - place : place;
}

}  // namespace

struct LogMel::State {
  explicit State(const MelOptions& given)
      : options(checked(given)),
        window(hann(options.window)),
        fft(options.fft),
        filters(mel_filters(options)) {}

  std::int64_t lead() const noexcept { return options.pad == MelPad::kNone ? 0 : options.fft / 2; }
  /// First sample of the frame, and how many stand before the window in it.
  std::int64_t begin_of(std::uint64_t frame) const noexcept {
    return static_cast<std::int64_t>(frame * options.hop) - lead();
  }
  std::uint32_t before() const noexcept { return (options.fft - options.window) / 2; }

  void cut_frame(const SignalPart& part, std::uint64_t frame, std::span<double> out) const;
  float value(double power) const noexcept;

  MelOptions options;
  std::vector<double> window;
  RealFft fft;
  std::vector<MelFilter> filters;
};

struct LogMel::Workspace::Memory {
  std::vector<double> frame, power;
  RealFft::Workspace fft;
};

LogMel::Workspace::Workspace() : memory_(std::make_unique<Memory>()) {}
LogMel::Workspace::~Workspace() = default;
LogMel::Workspace::Workspace(Workspace&&) noexcept = default;
LogMel::Workspace& LogMel::Workspace::operator=(Workspace&&) noexcept = default;

// The samples under the window, times it; all else of the frame is 0.
void LogMel::State::cut_frame(const SignalPart& part, std::uint64_t frame,
                              std::span<double> out) const {
  std::ranges::fill(out, 0.0);
  const std::int64_t first = begin_of(frame) + before();
  const auto total = static_cast<std::int64_t>(part.total);
  for (std::uint32_t i = 0; i < options.window; ++i) {
    std::int64_t place = first + i;
    if (place < 0 || place >= total) {
      if (options.pad != MelPad::kReflect) continue;
      place = mirrored(place, part.total);
    }
    out[before() + i] =
        part.samples[static_cast<std::size_t>(place) - part.begin] * window[i];
  }
}

float LogMel::State::value(double power) const noexcept {
  constexpr double kLargest = 1e300;  // exact_log() does not come back from infinity
  if (options.log == MelLog::kNone || !(power <= kLargest)) return static_cast<float>(power);
  const double log = exact_log(std::max(power, options.floor));
  if (options.log == MelLog::kLn) return static_cast<float>(log);
  return static_cast<float>((options.log == MelLog::kDecibel ? 10.0 : 1.0) * (log / kLn10));
}

LogMel::LogMel(const MelOptions& options) : state_(std::make_unique<State>(options)) {}
LogMel::~LogMel() = default;
LogMel::LogMel(LogMel&&) noexcept = default;
LogMel& LogMel::operator=(LogMel&&) noexcept = default;

const MelOptions& LogMel::options() const noexcept { return state_->options; }
float LogMel::silence() const noexcept { return state_->value(0.0); }

std::uint64_t LogMel::frames(std::uint64_t samples) const noexcept {
  const MelOptions& options = state_->options;
  if (options.pad == MelPad::kNone)
    return samples < options.fft ? 0 : 1 + (samples - options.fft) / options.hop;
  if (options.pad == MelPad::kReflect && samples <= options.fft / 2) return 0;
  return samples == 0 ? 0 : 1 + samples / options.hop;
}

SampleRange LogMel::samples_of(std::uint64_t first, std::uint64_t count,
                               std::uint64_t total) const noexcept {
  const auto last = static_cast<std::int64_t>(total);
  const std::int64_t fft = state_->options.fft;
  std::int64_t begin = state_->begin_of(first);
  std::int64_t end = state_->begin_of(first + count - 1) + fft;
  if (state_->options.pad == MelPad::kReflect) {  // the mirror's images stand within one transform
    if (begin < 0) end = std::max(end, fft);
    begin = std::min(begin, last - fft);  // always, so that later frames never begin earlier
  }
  begin = std::clamp<std::int64_t>(begin, 0, last);
  return {static_cast<std::uint64_t>(begin),
          static_cast<std::uint64_t>(std::clamp<std::int64_t>(end, begin, last))};
}

void LogMel::compute(const SignalPart& part, std::uint64_t first, std::uint64_t count, float* out,
                     Workspace& workspace) const {
  Workspace::Memory& memory = *workspace.memory_;
  memory.frame.resize(state_->fft.size());
  memory.power.resize(state_->fft.bins());
  for (std::uint64_t frame = first; frame < first + count; ++frame) {
    state_->cut_frame(part, frame, memory.frame);
    state_->fft.power(memory.frame, memory.power, memory.fft);
    for (const MelFilter& filter : state_->filters) {
      double sum = 0;
      for (std::size_t k = 0; k < filter.weights.size(); ++k)
        sum += filter.weights[k] * memory.power[filter.first + k];
      *out++ = state_->value(sum);
    }
  }
}

std::vector<float> LogMel::compute(std::span<const double> signal) const {
  const std::uint64_t count = frames(signal.size());
  std::vector<float> out(count * state_->options.mels);
  Workspace workspace;
  compute({.samples = signal, .begin = 0, .total = signal.size()}, 0, count, out.data(), workspace);
  return out;
}

std::vector<double> LogMel::filters() const {
  std::vector<double> rows(std::size_t{state_->options.mels} * state_->fft.bins());
  for (std::size_t m = 0; m < state_->filters.size(); ++m) {
    const MelFilter& filter = state_->filters[m];
    std::ranges::copy(filter.weights, rows.begin() + static_cast<std::ptrdiff_t>(
                                                         m * state_->fft.bins() + filter.first));
  }
  return rows;
}

}  // namespace dsprep
