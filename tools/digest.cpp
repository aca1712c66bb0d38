// dsprep digest: one line that says what samples a dataset holds, in which order.
#include <iostream>
#include <mutex>

#include "dsprep/error.h"
#include "formats/common/parallel.h"
#include "formats/common/text.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/target.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kChunk = 64;

// The digest of samples [begin, end) of one shard.
Digest digest_of(const ShardReader& shard, std::uint64_t begin, std::uint64_t end,
                 ReadBuffer& buffer) {
  Digest digest;
  for (std::uint64_t position = begin; position < end; ++position) {
    Record record = shard.read(position, buffer);
    // Only what the bytes say counts here, not a hash that came with them.
    for (FieldValue& value : buffer.fields) value.hash.reset();
    digest.append(sample_hash(shard.header().schema, record));
  }
  return digest;
}

// The digest of a whole shard, from its samples, with several threads.
Digest deep_digest(const ShardReader& shard, unsigned threads) {
  std::vector<Digest> parts((shard.size() + kChunk - 1) / kChunk);
  std::vector<ReadBuffer> buffers(threads);
  parallel_chunks(shard.size(), kChunk, threads,
                  [&](std::uint64_t begin, std::uint64_t end, unsigned worker) {
                    parts[begin / kChunk] = digest_of(shard, begin, end, buffers[worker]);
                  });
  Digest whole;
  for (const Digest& part : parts) whole.append(part);
  return whole;
}

// The manifest as its samples would have it; shards that differ are named on stderr.
Manifest recomputed(const std::filesystem::path& directory, unsigned threads) {
  Manifest manifest = read_manifest(directory);
  for (const Dataset& data : open_splits(directory, {.verify = Verify::kAlways})) {
    const std::size_t split = manifest.split_index(data.split());
    for (std::size_t row = 0; row < manifest.shards.size(); ++row) {
      ShardRow& shard = manifest.shards[row];
      if (shard.split != split) continue;
      const Digest digest = deep_digest(*data.shard(row), threads);
      if (!(digest == shard.digest)) {
        std::cerr << "dsprep: corrupt: shard " << manifest.shard_stem(shard)
                  << ": the samples' digest is not the one in the manifest\n";
      }
      shard.digest = digest;
    }
  }
  return manifest;
}

}  // namespace

int run_digest(const std::vector<std::string>& arguments) {
  CommandLine command{
      .name = "digest",
      .synopsis = "DIR [--deep]",
      .description =
          "Prints one line, the hash first: it depends on all samples, their order and their "
          "splits, and on nothing\nelse: not on the container, nor on how they are cut into "
          "shards. Not cryptographic.",
      .positional = {"DIR"}};
  command.options.add_options()(
      "deep", po::bool_switch(),
      "read every sample and compute it anew; exit code 4 where the manifest says another");
  add_jobs_option(command.options);
  const auto options = parse(command, arguments);
  if (!options) return 0;
  const std::string& target = options->positional()[0];
  const Hash128 recorded = dataset_digest(read_manifest(target));
  const Hash128 hash =
      options->flag("deep") ? dataset_digest(recomputed(target, jobs(*options))) : recorded;
  std::cout << to_hex(hash) << "  " << escape_controls(target) << "\n";
  if (hash == recorded) return 0;
  throw Error(ErrorCode::kCorrupt,
              "the samples give another digest than the manifest's " + to_hex(recorded),
              {.file = target}, "dsprep verify tells what is damaged");
}

}  // namespace dsprep
