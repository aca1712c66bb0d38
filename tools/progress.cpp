#include "tools/progress.h"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "dsprep/error.h"
#include "formats/common/text.h"
#include "tools/ingest/size.h"

namespace dsprep {
namespace {

constexpr std::chrono::milliseconds kBarEvery{100};
constexpr std::chrono::seconds kLineEvery{10};

std::string amount(Progress::Unit unit, double value) {
  if (unit == Progress::Unit::kBytes) return human_bytes(static_cast<std::uint64_t>(value));
  return std::to_string(static_cast<std::uint64_t>(value));
}

}  // namespace

ProgressMode progress_mode(const std::string& value) {
  if (value == "auto")
    return ::isatty(STDERR_FILENO) == 1 ? ProgressMode::kBar : ProgressMode::kPlain;
  if (value == "bar") return ProgressMode::kBar;
  if (value == "plain") return ProgressMode::kPlain;
  if (value == "json") return ProgressMode::kJson;
  if (value == "none") return ProgressMode::kNone;
  throw Error(ErrorCode::kUsage, "--progress cannot be '" + escape_controls(value) + "'", {},
              "it is one of: auto, bar, plain, json, none");
}

Progress::Progress(ProgressMode mode, std::string label, Unit unit)
    : mode_(mode), label_(std::move(label)), unit_(unit) {}

Progress::~Progress() { finish(); }

void Progress::update(std::uint64_t done, std::uint64_t total) {
  if (mode_ == ProgressMode::kNone) return;
  const std::lock_guard lock(mutex_);
  if (done < done_) return;  // another thread was faster
  done_ = done;
  total_ = total;
  dirty_ = true;
  const auto every =
      mode_ == ProgressMode::kBar ? Clock::duration(kBarEvery) : Clock::duration(kLineEvery);
  if (Clock::now() - shown_ >= every) show();
}

void Progress::finish() {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  finished_ = true;
  // Work that was over before its first line was due says nothing.
  const bool seen = shown_ != start_;
  if (seen && dirty_) show();
  if (seen && mode_ == ProgressMode::kBar) std::fputc('\n', stderr);
}

void Progress::show() {
  shown_ = Clock::now();
  dirty_ = false;
  const double seconds = std::chrono::duration<double>(shown_ - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  const double left = rate > 0 && total_ > done_ ? static_cast<double>(total_ - done_) / rate : 0;
  const double percent =
      total_ > 0 ? 100.0 * static_cast<double>(done_) / static_cast<double>(total_) : 0;
  const auto whole = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  if (mode_ == ProgressMode::kJson) {
    std::fprintf(
        stderr,
        "{\"phase\":\"%s\",\"done\":%llu,\"total\":%llu,\"seconds\":%.1f,\"eta_seconds\":%.1f}\n",
        label_.c_str(), whole(done_), whole(total_), seconds, left);
    return;
  }
  const std::string text = label_ + ": " + amount(unit_, static_cast<double>(done_)) + " of " +
                           amount(unit_, static_cast<double>(total_)) + ", " + amount(unit_, rate) +
                           "/s";
  const char* format = mode_ == ProgressMode::kBar ? "\r\x1b[K%5.1f %%  %s, %.0f s to go"
                                                   : "%5.1f %%  %s, %.0f s to go\n";
  std::fprintf(stderr, format, percent, text.c_str(), left);
}

}  // namespace dsprep
