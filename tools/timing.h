// --timing: one JSON line at the end of a command.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace dsprep {

/// Seconds since it was made.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

struct Timing {
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  double startup_seconds = 0;  ///< from the command's begin to its work's begin
  double seconds = 0;          ///< of the work, without startup and final sync
  double sync_seconds = 0;     ///< of the final sync
};

/// {"samples":,"bytes":,"startup_seconds":,"seconds":,"sync_seconds":}
std::string to_json(const Timing& timing);

}  // namespace dsprep
