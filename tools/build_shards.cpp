#include <csignal>
#include <cstdio>
#include <iostream>

#include "formats/common/text.h"
#include "tools/audio_options.h"
#include "tools/build_options.h"
#include "tools/build_report.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/image_options.h"
#include "tools/ingest/build.h"
#include "tools/ingest/phases.h"
#include "tools/ingest/size.h"
#include "tools/ingest/task.h"
#include "tools/ingest/train_stats.h"
#include "tools/table_options.h"
#include "tools/text_options.h"

namespace dsprep {
namespace {

po::value_semantic* text(const char* name) { return po::value<std::string>()->value_name(name); }
po::value_semantic* text(const char* name, const char* standard) {
  return po::value<std::string>()->value_name(name)->default_value(standard);
}

void add_output_options(po::options_description& options) {
  options.add_options()("out", text("DIR"), "the dataset's folder")(
      "kind", text("KIND", "auto"),
      "auto, image, text, table, audio: what the inputs are (auto: by their names)")(
      "format", text("FORMAT"), "memmap, lmdb or wds (text: memmap, images: wds)")(
      "split", text("RULE", "auto"),
      "auto: top-level folders or inputs named train, val (valid, validation) and test, else all "
      "is train; none; "
      "train=0.9,val=0.05,test=0.05: by a stable hash; column:NAME; tables: time:COLUMN<T1<T2")(
      "group-by", text("RULE", ""),
      "column:NAME or regex:RE (of the key): keep a group in one split")(
      "label-field", text("NAME", ""),
      "jsonl, csv, lists: the member or column with the label (by itself: 'label', if it is "
      "there)")("stratify", text("label"),
                "keep label shares: the same thresholds within each label; prints the deviation")(
      "labels", text("RULE", "auto"),
      "auto (images: class folders, if there are any), folder, none")(
      "shard-samples", po::value<Count>()->value_name("N"), "aim: samples in a shard")(
      "shard-size", text("SIZE|auto", "auto"),
      "aim: input bytes in a shard (auto: 256Mi, at most 4096 shards a split)")(
      "shards", po::value<Count>()->value_name("N"), "number of shards of the largest split")(
      "order", text("ORDER"), "shuffled[:SEED] or sorted (images: shuffled:0, else sorted)");
}

void add_running_options(po::options_description& options) {
  add_jobs_option(options);
  add_progress_option(options);
  options.add_options()("on-error", text("POLICY", "fail"),
                        "fail, or skip: list bad inputs in rejects.jsonl")(
      "max-rejects", text("N|P%"), "stop above so many rejected inputs")(
      "phase", text("PHASE"), "survey, plan or write: only this phase")(
      "task", text("I/N|auto"),
      "part I (from 0) of N of a phase; auto: from Slurm's or MPI's environment")(
      "forbid-leak", po::bool_switch(),
      "fail, and publish nothing, where a sample stands in two splits (see dsprep audit)")(
      "force", po::bool_switch(),
      "replace the dataset in DIR, or throw away another build's unfinished work")(
      "dry-run", po::bool_switch(), "print the plan and write nothing")(
      "stats", po::bool_switch(),
      "fit statistics on train before the dataset is published: those of `dsprep stats`, bit for "
      "bit. Adds about 5% to a build of raw pictures or tables, 10% to one of tokens of a vocabulary, "
      "of sounds or of JPEGs, a fifth to that of bytes; pictures that are kept have to be decoded "
      "for it, which takes many times as long as keeping them, but not with --check decode")(
      "timing", po::bool_switch(), "end with one JSON line of timings on stdout");
}

ShardAim shard_aim(const ParsedOptions& parsed) {
  ShardAim aim;
  if (parsed.given("shard-samples")) aim.samples = parsed.count("shard-samples");
  if (parsed.text("shard-size") != "auto")
    aim.bytes = parse_size(parsed.text("shard-size"), "--shard-size");
  if (parsed.given("shards")) aim.shards = parsed.count("shards");
  if (aim.samples.has_value() + aim.bytes.has_value() + aim.shards.has_value() > 1) {
    throw Error(ErrorCode::kUsage, "--shard-samples, --shard-size and --shards exclude each other");
  }
  if (aim.samples == 0U || aim.bytes == 0U || aim.shards == 0U) {
    throw Error(ErrorCode::kUsage,
                "a shard holds one sample at least, and there is one shard at least");
  }
  return aim;
}

void read_order(const ParsedOptions& parsed, BuildOptions& options) {
  if (!parsed.given("order")) return;
  const std::string& order = parsed.text("order");
  options.shuffled = order != "sorted";
  if (order == "sorted" || order == "shuffled") return;
  const auto seed =
      order.starts_with("shuffled:") ? parse_u64(std::string_view(order).substr(9)) : std::nullopt;
  if (!seed)
    throw Error(ErrorCode::kUsage,
                "--order: '" + order + "' is neither sorted nor shuffled[:SEED]");
  options.order_seed = *seed;
}

// Notes the options of `group` that were written down.
void note_given(const ParsedOptions& parsed, InputKind kind, void (*add)(po::options_description&),
                BuildOptions& options) {
  po::options_description group;
  add(group);
  for (const auto& option : group.options()) {
    if (parsed.given(option->long_name())) options.of_kind.emplace_back(kind, option->long_name());
  }
}

BuildOptions options_from(const ParsedOptions& parsed) {
  BuildOptions options;
  options.inputs = parsed.positional();
  if (!parsed.given("out"))
    throw Error(ErrorCode::kUsage, "--out is missing", {}, "name the dataset's folder: --out DIR");
  options.out = parsed.text("out");
  options.kind = parse_kind(parsed.text("kind"));
  if (parsed.given("format"))
    options.format = container_from_name(parsed.choice("format", {"memmap", "lmdb", "wds"}));
  options.split = SplitRule::parse(parsed.text("split"));
  options.group_by = parsed.text("group-by");
  if (!options.group_by.empty() && !options.group_by.starts_with("regex:") &&
      !options.group_by.starts_with("column:")) {
    throw Error(ErrorCode::kUsage,
                "--group-by: '" + options.group_by + "' is neither column:NAME nor regex:RE");
  }
  options.stratify = parsed.given("stratify");
  if (options.stratify) (void)parsed.choice("stratify", {"label"});
  options.labels = parse_labels(parsed.text("labels"));
  options.aim = shard_aim(parsed);
  read_order(parsed, options);
  options.image = image_options_from(parsed.values());
  options.tile = tile_options_from(parsed.values());
  options.text = text_options_from(parsed);
  options.table = table_options_from(parsed, options.text);
  options.audio = audio_options_from(parsed);
  note_given(parsed, InputKind::kImage, add_image_options, options);
  note_given(parsed, InputKind::kImage, add_tile_options, options);
  note_given(parsed, InputKind::kText, add_text_options, options);
  note_given(parsed, InputKind::kTable, add_table_options, options);
  note_given(parsed, InputKind::kAudio, add_audio_options, options);
  note_audio_options(parsed, options.of_kind);
  for (const std::string& name : kSharedTableOptions) {
    if (parsed.given(name)) options.of_kind.emplace_back(InputKind::kTable, name);
  }
  options.jobs = jobs(parsed);
  options.skip_errors = parsed.choice("on-error", {"fail", "skip"}) == "skip";
  if (parsed.given("max-rejects"))
    options.max_rejects = parse_max_rejects(parsed.text("max-rejects"));
  if (parsed.given("phase")) options.phase = parse_phase(parsed.text("phase"));
  if (parsed.given("task")) options.task = parse_task(parsed.text("task"));
  options.forbid_leak = parsed.flag("forbid-leak");
  options.force = parsed.flag("force");
  options.dry_run = parsed.flag("dry-run");
  options.stats = parsed.flag("stats");
  options.progress = parse_progress(parsed.text("progress"));
  return options;
}

// A dataset that stood there before may have none.
void add_missing_stats(const BuildReport& report, const BuildOptions& options) {
  if (options.stats && report.published && !std::filesystem::exists(options.out / "stats.json"))
    write_train_stats(options.out, options.jobs);
}

void on_signal(int) { g_interrupted = true; }

CommandLine command_line() {
  CommandLine command{
      .name = "build-shards",
      .synopsis = "INPUT... --out DIR [options]",
      .description =
          "Turns folders, files, lists (@FILE, a path a line; csv, tsv and jsonl of pictures with "
          "path, label, split\n"
          "and group) and archives of pictures into verified shards. The same inputs and\n"
          "options give the same bytes, for any --jobs and any number of --task parts. A build "
          "that was\n"
          "stopped goes on when the same command is run again.",
      .options = po::options_description(),
      .positional = {"INPUT..."}};
  add_output_options(command.options);
  add_running_options(command.options);
  add_image_options(command.options);
  add_tile_options(command.options);
  add_text_options(command.options);
  add_table_options(command.options);
  add_audio_options(command.options);
  return command;
}

}  // namespace

po::options_description build_option_names() { return command_line().options; }

BuildOptions parse_build_options(const std::vector<std::string>& arguments) {
  const auto parsed = parse(command_line(), arguments);
  if (!parsed) throw Error(ErrorCode::kUsage, "--help stands among the options of a build");
  return options_from(*parsed);
}

int run_build_shards(const std::vector<std::string>& arguments) {
  const auto parsed = parse(command_line(), arguments);
  if (!parsed) return 0;
  const BuildOptions options = options_from(*parsed);
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const BuildReport report = run_build(options);
  add_missing_stats(report, options);
  return print_report(report, options, parsed->flag("timing"));
}

int run_merge(const std::vector<std::string>& arguments) {
  CommandLine command{.name = "merge",
                      .synopsis = "DIR [options]",
                      .description =
                          "Joins what the tasks of build-shards --task I/N have written into the "
                          "finished dataset. A part that is\n"
                          "missing, damaged or of another plan is refused by name.",
                      .options = po::options_description(),
                      .positional = {"DIR"}};
  command.options.add_options()("max-rejects", text("N|P%"),
                                "refuse above so many rejected inputs")(
      "forbid-leak", po::bool_switch(),
      "fail, and publish nothing, where a sample stands in two splits")(
      "stats", po::bool_switch(),
      "fit statistics on train before the dataset is published; what tasks with --stats have counted "
      "is not read again");
  add_jobs_option(command.options);
  const auto parsed = parse(command, arguments);
  if (!parsed) return 0;
  BuildOptions options;
  options.out = parsed->positional()[0];
  if (parsed->given("max-rejects"))
    options.max_rejects = parse_max_rejects(parsed->text("max-rejects"));
  options.forbid_leak = parsed->flag("forbid-leak");
  options.stats = parsed->flag("stats");
  options.jobs = jobs(*parsed);
  const BuildReport report = run_merge_build(options);
  add_missing_stats(report, options);
  return print_report(report, options, false);
}

}  // namespace dsprep
