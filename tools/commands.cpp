#include "tools/commands.h"

namespace dsprep {
namespace {

constexpr Command kCommands[] = {
    {"", "", nullptr},
};

}  // namespace

std::span<const Command> commands() { return std::span(kCommands).subspan(1); }

}  // namespace dsprep
