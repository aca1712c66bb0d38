// LogMel: log-mel spectrograms of sound, with the definitions of librosa and torchaudio; in double,
// the same bits on every machine. Immutable: any number of threads, each with its own workspace.
//
//   frame t:   x[j] = signal[t * hop + j - lead] h[j]     h: a periodic Hann window of `window` samples,
//                                                         h[i] = (1 - cos(2 pi i / window)) / 2, in the
//                                                         middle of `fft` (zeros around it)
//   power:     P[k] = |sum_j x[j] exp(-2 pi i j k / fft)|^2     k = 0 … fft / 2
//   mel:       M[m] = sum_k F[m][k] P[k]                        F: triangles over the mel scale
//   value:     log(max(M[m], floor))                            a row of float32 a frame
//
// lead is fft / 2 where frames are centred, else 0.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace dsprep {

/// What stands before and behind the signal.
enum class MelPad : std::uint8_t {
  kZero,     ///< silence; frame t is centred at t * hop (librosa's default)
  kReflect,  ///< the signal mirrored at its first and last sample (torch.stft's default)
  kNone,     ///< nothing: frame t begins at t * hop, and only whole frames are made
};
enum class MelScale : std::uint8_t {
  kSlaney,  ///< linear up to 1000 Hz, then logarithmic (librosa's default)
  kHtk,     ///< 2595 log10(1 + f / 700) (torchaudio's default)
};
enum class MelNorm : std::uint8_t {
  kSlaney,  ///< each triangle has the area 1 over Hz (librosa's default)
  kNone,    ///< each triangle has the height 1 (torchaudio's default)
};
enum class MelLog : std::uint8_t {
  kLn,       ///< natural logarithm
  kLog10,    ///< to base 10
  kDecibel,  ///< 10 log10
  kNone,     ///< the power itself; floor is not used
};

struct MelOptions {
  std::uint32_t rate = 0;    ///< of the signal, in Hz
  std::uint32_t mels = 80;   ///< bands
  std::uint32_t window = 0;  ///< samples; 0: 25 ms
  std::uint32_t hop = 0;     ///< samples; 0: 10 ms
  std::uint32_t fft = 0;     ///< samples, `window` at least; 0: as many as `window`
  MelPad pad = MelPad::kZero;
  MelScale scale = MelScale::kSlaney;
  MelNorm norm = MelNorm::kSlaney;
  MelLog log = MelLog::kLn;
  double low_hz = 0;
  double high_hz = 0;     ///< 0: half of the rate
  double floor = 1e-10;

  /// What the zeros stand for, filled in.
  MelOptions resolved() const;
  /// Throws kUsage that names the member. Requires: resolved.
  void validate() const;
};

/// A run of a signal: samples [begin, begin + samples.size()) of `total`.
struct SignalPart {
  std::span<const double> samples;
  std::uint64_t begin = 0;
  std::uint64_t total = 0;
};

/// Samples [begin, end).
struct SampleRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

class LogMel {
 public:
  class Workspace;

  /// Throws kUsage, also where a band has no frequency of the transform in it.
  explicit LogMel(const MelOptions& options);
  ~LogMel();
  LogMel(LogMel&&) noexcept;
  LogMel& operator=(LogMel&&) noexcept;

  const MelOptions& options() const noexcept;  ///< resolved
  /// Frames of a signal of so many samples. With kReflect 0 where it is too short to be mirrored.
  std::uint64_t frames(std::uint64_t samples) const noexcept;
  /// The samples that frames [first, first + count) look at; its begin grows with `first`. Requires:
  /// count > 0, no frame more than frames(total).
  SampleRange samples_of(std::uint64_t first, std::uint64_t count,
                         std::uint64_t total) const noexcept;
  /// Frames [first, first + count): count rows of `mels`. Requires: `part` has their samples.
  void compute(const SignalPart& part, std::uint64_t first, std::uint64_t count, float* out,
               Workspace& workspace) const;
  /// All frames of a signal.
  std::vector<float> compute(std::span<const double> signal) const;
  /// What silence becomes.
  float silence() const noexcept;
  /// The filters, mels rows of fft / 2 + 1.
  std::vector<double> filters() const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

class LogMel::Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

 private:
  friend class LogMel;
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

std::string_view mel_pad_name(MelPad pad) noexcept;        ///< "zero", "reflect", "none"
std::string_view mel_scale_name(MelScale scale) noexcept;  ///< "slaney", "htk"
std::string_view mel_norm_name(MelNorm norm) noexcept;     ///< "slaney", "none"
std::string_view mel_log_name(MelLog log) noexcept;        ///< "ln", "log10", "db", "none"
std::optional<MelPad> mel_pad_from_name(std::string_view name) noexcept;
std::optional<MelScale> mel_scale_from_name(std::string_view name) noexcept;
std::optional<MelNorm> mel_norm_from_name(std::string_view name) noexcept;
std::optional<MelLog> mel_log_from_name(std::string_view name) noexcept;

}  // namespace dsprep
