#include "tools/commands.h"

namespace dsprep {
namespace {

constexpr Command kCommands[] = {
    {"", "", nullptr},
    {"build-shards", "turn folders of pictures or texts into verified shards", run_build_shards},
    {"merge", "join what the tasks of a build have written", run_merge},
    {"status", "how far a build in parts is", run_status},
    {"tokenize", "write the token ids of one text", run_tokenize},
    {"tokenizer", "train a tokenizer on the train split", run_tokenizer},
    {"image", "write what ingest makes of one picture", run_image},
    {"verify", "is every byte what was written?", run_verify},
    {"ls", "the samples of a dataset, a line each", run_ls},
    {"cat", "the bytes of one field of one sample", run_cat},
    {"inspect", "what a dataset or a shard holds and how it was made", run_inspect},
    {"convert", "the same samples in another container", run_convert},
    {"explain", "one sample's history, from its input to its bytes", run_explain},
    {"order", "which samples the loader delivers, step by step", run_order},
    {"bench", "how fast a split is read", run_bench},
    {"stats", "mean, deviation and counts of a split", run_stats},
    {"audit", "does a sample stand in two splits?", run_audit},
    {"digest", "one hash over all samples and their order", run_digest},
};

}  // namespace

std::span<const Command> commands() { return std::span(kCommands).subspan(1); }

}  // namespace dsprep
