// Progress: how far long work is, on stderr. Any number of threads may call update().
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace dsprep {

enum class ProgressMode : std::uint8_t { kNone, kBar, kPlain, kJson };

/// The mode of a --progress value: auto is a bar on a terminal, else lines. Throws kUsage that
/// lists the values.
ProgressMode progress_mode(const std::string& value);

/// Shows done and total with rate and time to go: a bar ten times a second, lines every ten
/// seconds.
class Progress {
 public:
  enum class Unit : std::uint8_t { kBytes, kSamples };

  Progress(ProgressMode mode, std::string label, Unit unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done, std::uint64_t total);
  /// Shows the last state and leaves the bar's line. Called by the destructor too.
  void finish();

 private:
  void show();

  using Clock = std::chrono::steady_clock;
  ProgressMode mode_;
  std::string label_;
  Unit unit_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_ = start_;
  std::mutex mutex_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  bool dirty_ = false;
  bool finished_ = false;
};

}  // namespace dsprep
