#include "tools/fault.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/file.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

constexpr int kKill = -1;
constexpr std::array kFaults = {std::pair{"ENOSPC", ENOSPC}, std::pair{"EIO", EIO},
                                std::pair{"EROFS", EROFS}, std::pair{"KILL", kKill}};

std::atomic<std::uint64_t> g_left{0};
int g_fault = 0;

int fail_at_zero(FileOp, const char*) {
  if (g_left.fetch_sub(1) != 1) return 0;
  if (g_fault == kKill) std::raise(SIGKILL);
  return g_fault;
}

}  // namespace

void set_fault_from_environment() {
  const char* text = std::getenv("DSPREP_FAULT");
  if (text == nullptr) return;
  const std::string fault(text);
  const std::size_t colon = fault.find(':');
  const auto number = parse_u64(std::string_view(fault).substr(0, colon));
  for (const auto& [name, value] : kFaults) {
    if (colon != fault.npos && fault.substr(colon + 1) == name) g_fault = value;
  }
  if (!number || *number == 0 || g_fault == 0) {
    throw Error(ErrorCode::kUsage,
                "DSPREP_FAULT: '" + fault + "' is not N:ENOSPC, N:EIO, N:EROFS or N:KILL");
  }
  g_left = *number;
  set_fault_hook(fail_at_zero);
}

}  // namespace dsprep
