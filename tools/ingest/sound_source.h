// SoundSource: one file of sound that several pieces cut into windows, a run of windows a piece.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "dsprep/log_mel.h"
#include "dsprep/resampler.h"
#include "tools/ingest/input_source.h"
#include "tools/ingest/sound_file.h"
#include "tools/ingest/token_windows.h"

namespace dsprep {

/// How files become samples. Outlives the sources.
struct SoundShape {
  std::optional<std::uint32_t> channel = {};  ///< none: the mean of all
  WindowOptions windows = {};   ///< of samples, or of frames with `mel`; length 0: the whole file
  const LogMel* mel = nullptr;  ///< or waveforms
  bool twice = false;  ///< a file is decoded once before a sample is made of it: none is made of one
                       ///< that is damaged further down
};

/// What one piece works on.
struct SoundBlock {
  std::vector<double> samples;       ///< of the signal, from `begin` on; reused
  std::uint64_t begin = 0;
  std::vector<TokenWindow> windows;  ///< of the piece
};

/// Memory: the bytes of the file where they are not mapped, and two blocks.
class SoundSource final : public InputSource {
 public:
  /// The filter for files of this rate; null where they keep it.
  using FilterFor = std::function<std::shared_ptr<const ResampleFilter>(std::uint32_t rate)>;

  SoundSource(InputBytes input, const SoundShape& shape, const FilterFor& filter_for);
  /// An input that could not be read.
  explicit SoundSource(std::exception_ptr error) : InputSource(std::move(error)) {}

  /// Of the file.
  std::uint32_t rate() const noexcept { return file_->rate(); }
  /// Samples of the signal, at the rate that was asked for.
  std::uint64_t total() const noexcept { return total_; }
  /// Samples (or frames) that no window holds.
  std::uint64_t left_out() const noexcept { return left_out_; }

  /// In turn `part`: its windows, and the samples that they need. False where an earlier part has
  /// failed. Throws as SoundFile and check_sound_form.
  bool read(std::uint64_t part, SoundBlock& block);

 private:
  void cut();
  SampleRange samples_of(const TokenWindow& first, const TokenWindow& last) const;
  void decode_to(std::uint64_t end);
  void check_whole();
  void fill(std::uint64_t part, SoundBlock& block);

  SoundShape shape_;
  std::optional<SoundFile> file_;
  std::optional<Resampler> resampler_;
  std::uint64_t total_ = 0, left_out_ = 0, windows_a_part_ = 1;
  std::vector<TokenWindow> windows_;
  std::vector<double> signal_, decoded_;  // the signal from number begin_ on
  std::uint64_t begin_ = 0;
};

}  // namespace dsprep
