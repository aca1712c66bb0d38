// dsprep convert: the same samples in the same shards, in another container.
#include <iostream>

#include "dsprep/error.h"
#include "formats/common/file.h"
#include "formats/common/parallel.h"
#include "formats/common/text.h"
#include "formats/wds/stem_index.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/progress.h"
#include "tools/ingest/publish.h"
#include "tools/target.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

constexpr const char* kWorkFolder = ".build";
constexpr const char* kWorkName = "convert";
constexpr const char* kShardTable = "shards.npy";

// Is there nothing in `out` but what a conversion that was cut has left?
bool is_free(const fs::path& out) {
  if (!fs::exists(out)) return true;
  if (!fs::is_directory(out)) return false;
  for (const fs::directory_entry& entry : fs::directory_iterator(out)) {
    if (entry.path().filename() != kWorkFolder || !entry.is_directory()) return false;
    for (const fs::directory_entry& work : fs::directory_iterator(entry)) {
      if (!work.path().filename().string().starts_with(kWorkName)) return false;
    }
  }
  return true;
}

void check_out(const fs::path& out, bool force) {
  if (is_free(out)) return;
  const Where where{.file = out.string()};
  if (!fs::is_directory(out) || !has_dataset(out)) {
    throw Error(ErrorCode::kUsage, "is there already, and is no finished dataset", where,
                "choose another --out");
  }
  if (!force)
    throw Error(ErrorCode::kUsage, "there is a dataset already", where,
                "--force replaces it when the new one is complete");
}

// Tars name samples by their keys without extensions: where two would get one name, both keep
// theirs.
StemIndex stems_of(const std::vector<Dataset>& splits, Container container) {
  StemIndex stems;
  if (container == Container::kWds) {
    for (const Dataset& split : splits) {
      for (std::uint64_t i = 0; i < split.size(); ++i) stems.add(split.key(i));
    }
  }
  stems.finish();
  return stems;
}

ShardRow convert_shard(const Dataset& data, std::size_t row, const fs::path& out,
                       const Manifest& manifest, const StemIndex& stems) {
  const std::shared_ptr<const ShardReader> reader = data.shard(row);
  ShardRow converted = manifest.shards[row];
  ShardHeader header = reader->header();
  header.container = manifest.container;
  const auto writer = create_shard(out / manifest.shard_stem(converted), std::move(header));
  ReadBuffer buffer;
  for (std::uint64_t position = 0; position < reader->size(); ++position) {
    Record record = reader->read(position, buffer);
    record.ambiguous_stem = stems.ambiguous(record.key);
    writer->append(record);
  }
  const auto pending = writer->finish();
  if (!(pending->summary().digest == converted.digest)) {
    throw Error(ErrorCode::kCorrupt, "the samples give another digest than the manifest says",
                {.shard = manifest.shard_stem(converted)}, "dsprep verify tells what is damaged");
  }
  pending->publish();
  converted.files = pending->summary().files;
  return converted;
}

void copy_other(const fs::path& from, const fs::path& to, const OtherFile& file) {
  std::vector<std::byte> bytes;
  read_whole(InputFile(from / file.name), bytes);
  if (xxh3_128(bytes) != file.hash) {
    throw Error(ErrorCode::kCorrupt, "the file's hash is not the manifest's",
                {.file = (from / file.name).string()});
  }
  write_whole(to / file.name, bytes);
}

// Writes the whole dataset into `staged`, dataset.json last.
Manifest convert_all(const fs::path& from, const fs::path& staged, Container container,
                     unsigned threads, ProgressMode mode) {
  Manifest manifest = read_manifest(from);
  manifest.container = container;
  std::uint64_t total = 0;
  for (const ShardRow& row : manifest.shards) {
    for (const ShardFile& file : row.files) total += file.bytes;
  }
  Progress progress(mode, "converting", total);
  std::vector<Dataset> splits;
  for (const SplitInfo& split : manifest.splits) splits.push_back(Dataset::open(from, split.name));
  const StemIndex stems = stems_of(splits, container);
  std::vector<ShardRow> rows(manifest.shards.size());
  parallel_chunks(rows.size(), 1, threads, [&](std::uint64_t row, std::uint64_t, unsigned) {
    std::uint64_t bytes = 0;
    for (const ShardFile& file : manifest.shards[row].files) bytes += file.bytes;
    rows[row] = convert_shard(splits[manifest.shards[row].split], row, staged, manifest, stems);
    progress.add(rows[row].samples(), bytes);
  });
  manifest.shards = std::move(rows);
  for (const OtherFile& file : manifest.others) {
    if (file.name != kShardTable) copy_other(from, staged, file);
  }
  write_manifest(staged, manifest);
  return manifest;
}

Container container_of(const ParsedOptions& options) {
  for (const char* name : {"format", "out"}) {
    if (!options.given(name))
      throw Error(ErrorCode::kUsage, std::string("--") + name + " is missing");
  }
  return *container_from_name(options.choice("format", {"memmap", "lmdb", "wds"}));
}

// The folder under OUT/.build that the new dataset is made in. What is left of it goes with this
// object, and so does OUT where nothing came of it.
class Workplace {
 public:
  explicit Workplace(const fs::path& out)
      : out_(out),
        existed_(fs::exists(out)),
        staged_(temporary_name(out / kWorkFolder / kWorkName)) {
    make_folders(staged_);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    try {
      if (fs::exists(out_ / kWorkFolder)) remove_tree(out_ / kWorkFolder);
      if (!existed_ && fs::is_empty(out_)) remove_tree(out_);
    } catch (
        const std::exception&) {  // what is left is hidden, and the next conversion takes it away
    }
  }
  const fs::path& staged() const noexcept { return staged_; }

 private:
  fs::path out_;
  bool existed_;
  fs::path staged_;
};

CommandLine command_line() {
  CommandLine command{
      .name = "convert",
      .synopsis = "DIR --format F --out DIR2 [options]",
      .description =
          "Writes the same samples in the same shards in another container; the digest stays. "
          "DIR2 is a dataset when all\nof it is written and synced, and not before.",
      .positional = {"DIR"}};
  command.options.add_options()("format", po::value<std::string>()->value_name("F"),
                                "memmap, lmdb or wds")(
      "out", po::value<std::string>()->value_name("DIR2"), "where the new dataset goes")(
      "force", po::bool_switch(),
      "replace the dataset in DIR2, in one exchange when the new one is complete");
  add_jobs_option(command.options);
  add_progress_option(command.options);
  return command;
}

}  // namespace

int run_convert(const std::vector<std::string>& arguments) {
  const auto options = parse(command_line(), arguments);
  if (!options) return 0;
  const Container container = container_of(*options);
  const unsigned threads = jobs(*options);
  const ProgressMode mode = parse_progress(options->text("progress"));
  const fs::path from = options->positional()[0];
  const fs::path out = options->text("out");
  (void)read_manifest(from);  // before anything is made
  check_out(out, options->flag("force"));
  const Workplace work(out);
  const Manifest manifest = convert_all(from, work.staged(), container, threads, mode);
  publish_dataset(work.staged(), out);
  std::cout << escape_controls(out.string()) << ": " << manifest.samples() << " samples in "
            << manifest.shards.size() << " shards (" << container_name(container) << ")\ndigest "
            << to_hex(dataset_digest(manifest)) << "\n";
  return 0;
}

}  // namespace dsprep
