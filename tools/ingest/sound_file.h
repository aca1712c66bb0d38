// SoundFile: the samples of a file of sound, one after the other, through libsndfile.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dsprep/record.h"
#include "tools/ingest/sound_form.h"

namespace dsprep {

/// One thread. The bytes must stay where they are.
class SoundFile {
 public:
  /// Reads the header. Throws kEmptyFile (no sample), kUnsupportedFormat (no sound by its first
  /// bytes, a length that the header does not say, no such `channel`), kCorrupt (libsndfile does
  /// not open it, or it has an absurd rate), and as check_sound_form().
  SoundFile(Bytes file, std::optional<std::uint32_t> channel);
  ~SoundFile();

  std::uint32_t rate() const noexcept { return rate_; }
  std::uint32_t channels() const noexcept { return channels_; }
  /// Samples a channel, as the header says.
  std::uint64_t size() const noexcept { return size_; }
  std::uint64_t done() const noexcept { return done_; }

  /// Appends the next samples, `most` at most: the mean of the channels (or the one that was asked
  /// for), integers divided by 2 to the power of their bits less one. False when all size() of them
  /// have been read. Throws kTruncated (the file ends before that), kCorrupt (what libsndfile finds;
  /// a sample that is no finite number, or greater than 2^64).
  bool read(std::vector<double>& out, std::size_t most);

 private:
  struct Memory;
  double mixed(const double* frame) const noexcept;
  void check(double value) const;

  std::unique_ptr<Memory> memory_;
  std::optional<std::uint32_t> channel_;
  std::uint32_t rate_ = 0, channels_ = 0;
  std::uint64_t size_ = 0, done_ = 0;
  std::vector<double> frames_;
};

/// "libsndfile-1.2.0".
std::string sound_library();

}  // namespace dsprep
