#include "dsprep/version.h"

namespace dsprep {
std::string_view version() noexcept { return DSPREP_VERSION; }
}  // namespace dsprep
