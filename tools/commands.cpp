#include "tools/commands.h"

namespace dsprep {
namespace {

constexpr Command kCommands[] = {
    {"", "", nullptr},
    {"image", "write what ingest makes of one picture", run_image},
};

}  // namespace

std::span<const Command> commands() { return std::span(kCommands).subspan(1); }

}  // namespace dsprep
