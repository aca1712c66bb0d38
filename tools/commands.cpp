#include "tools/commands.h"

namespace dsprep {
namespace {

constexpr Command kCommands[] = {
    {"", "", nullptr},
    {"build-shards", "turn folders of pictures or texts into verified shards", run_build_shards},
    {"merge", "join what the tasks of a build have written", run_merge},
    {"status", "how far a build in parts is", run_status},
    {"image", "write what ingest makes of one picture", run_image},
};

}  // namespace

std::span<const Command> commands() { return std::span(kCommands).subspan(1); }

}  // namespace dsprep
