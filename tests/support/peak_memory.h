// How much memory an action takes at its highest.
#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

namespace dsprep::test {

/// Of /proc/self/status, in KiB; nothing where there is no such line.
inline std::optional<std::int64_t> status_of(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stoll(line.substr(name.size()));
  return std::nullopt;
}

/// KiB that the process has at most during `run` above what it had before. Nothing where the system
/// does not tell, or a sanitizer keeps what is freed.
inline std::optional<std::int64_t> peak_memory(const std::function<void()>& run) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  run();
  return std::nullopt;
#else
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
  const auto before = status_of("VmRSS:"), peak_before = status_of("VmHWM:");
  run();
  const auto peak = status_of("VmHWM:");
  if (!before || !peak || *peak_before > *before + 4096) return std::nullopt;
  return *peak - *before;
#endif
}

}  // namespace dsprep::test
