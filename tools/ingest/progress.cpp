#include "tools/ingest/progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "tools/ingest/size.h"

namespace dsprep {
namespace {

ProgressMode resolve(ProgressMode mode) {
  if (mode != ProgressMode::kAuto) return mode;
  return ::isatty(STDERR_FILENO) ? ProgressMode::kBar : ProgressMode::kPlain;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%llu:%02llu:%02llu",
                static_cast<unsigned long long>(whole / 3600),
                static_cast<unsigned long long>(whole / 60 % 60),
                static_cast<unsigned long long>(whole % 60));
  return text.data();
}

}  // namespace

Progress::Progress(ProgressMode mode, std::string verb, std::uint64_t total_bytes)
    : mode_(resolve(mode)),
      verb_(std::move(verb)),
      start_(std::chrono::steady_clock::now()),
      total_(total_bytes) {
  if (mode_ != ProgressMode::kNone) thread_ = std::jthread([this] { run(); });
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (mode_ == ProgressMode::kBar) std::fputs("\r\x1b[K", stderr);
}

void Progress::run() {
  const auto pause =
      mode_ == ProgressMode::kBar ? std::chrono::milliseconds(200) : std::chrono::seconds(10);
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause, [this] { return stopped_; })) {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    if (mode_ == ProgressMode::kJson) {
      std::fprintf(stderr, "%s\n", json(seconds).c_str());
    } else if (mode_ == ProgressMode::kBar) {
      std::fprintf(stderr, "\r\x1b[K%s", line(seconds).c_str());
    } else {
      std::fprintf(stderr, "%s\n", line(seconds).c_str());
    }
  }
}

std::string Progress::line(double seconds) const {
  const std::uint64_t bytes = bytes_.load(), samples = samples_.load();
  const std::uint64_t total = total_.load();
  std::string text = verb_ + ": " + (samples == 0 ? "" : std::to_string(samples) + " samples, ") +
                     human_bytes(bytes);
  if (total != 0) {
    const double share = std::min(1.0, static_cast<double>(bytes) / static_cast<double>(total));
    text +=
        " of " + human_bytes(total) + " (" + std::to_string(static_cast<int>(share * 100)) + " %)";
    if (mode_ == ProgressMode::kBar) {
      static constexpr int kWidth = 20;
      const int full = static_cast<int>(share * kWidth);
      text = "[" + std::string(full, '#') + std::string(kWidth - full, ' ') + "] " + text;
    }
    if (share > 0.01) text += ", ETA " + clock_text(seconds * (1 - share) / share);
  }
  return text + ", " +
         human_bytes(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds)) + "/s";
}

std::string Progress::json(double seconds) const {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(),
                R"({"phase":"%s","samples":%llu,"bytes":%llu,"total_bytes":%llu,"seconds":%.1f})",
                verb_.c_str(), static_cast<unsigned long long>(samples_.load()),
                static_cast<unsigned long long>(bytes_.load()),
                static_cast<unsigned long long>(total_.load()), seconds);
  return text.data();
}

}  // namespace dsprep
