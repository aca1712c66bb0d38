#include "tools/timing.h"

#include <array>
#include <cstdio>

namespace dsprep {

std::string to_json(const Timing& timing) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(),
                "{\"samples\":%llu,\"bytes\":%llu,\"startup_seconds\":%.6f,\"seconds\":%.6f,\"sync_"
                "seconds\":%.6f}",
                static_cast<unsigned long long>(timing.samples),
                static_cast<unsigned long long>(timing.bytes), timing.startup_seconds,
                timing.seconds, timing.sync_seconds);
  return text.data();
}

}  // namespace dsprep
