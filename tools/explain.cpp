// dsprep explain: one sample's history, from its input to its bytes.
#include <iomanip>
#include <iostream>

#include "dsprep/error.h"
#include "dsprep/sampler.h"
#include "formats/common/json.h"
#include "formats/common/text.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/target.h"

namespace dsprep {
namespace {

std::ostream& line(const char* name) {
  return std::cout << std::left << std::setw(10) << name << std::right;
}

std::string hex64(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

const char* source_rule(const nlohmann::json& provenance) {
  const auto options = provenance.value("options", nlohmann::json::object());
  const bool packed = options.value("text", nlohmann::json::object()).contains("pack");
  return packed ? " of the hashes of the documents in the row" : " of the bytes it was made from";
}

// What the rule of --split says in words.
std::string split_rule(const nlohmann::json& provenance) {
  const auto options = provenance.value("options", nlohmann::json::object());
  const std::string rule = options.value("split", "");
  if (rule.empty()) return "the rule is not recorded";
  if (rule == "auto")
    return "by --split auto: the top-level folder (or INPUT) that names a split, else train";
  if (rule == "none") return "by --split none: all are train";
  if (rule.starts_with("column:")) return "by --split " + rule;
  return "by --split " + rule +
         ": a stable hash of the key (files) or of the content (lines, rows)";
}

void print_class(const Dataset& data, std::uint64_t index) {
  SampleBuffer buffer;
  for (const Field& field : data.schema().fields) {
    if (field.encoding != Encoding::kClass) continue;
    const std::int64_t label = data.field(index, field.name, buffer).label();
    line(field.name.c_str()) << label;
    if (label >= 0 && static_cast<std::uint64_t>(label) < data.classes().size()) {
      std::cout << " (" << escape_controls(data.classes()[static_cast<std::size_t>(label)]) << ")";
    }
    std::cout << "\n";
  }
}

void explain(const Dataset& data, std::uint64_t index) {
  const Place place = data.locate(index);
  const std::shared_ptr<const ShardReader> shard = data.shard(place.shard);
  const ShardRow& row = data.manifest().shards[place.shard];
  ReadBuffer buffer;
  const Record record = shard->read(place.position, buffer);
  const std::string split = data.split();
  line("key") << escape_controls(record.key) << "\n";
  read_json(
      data.manifest().provenance, {.file = "dataset.json"}, [&](const nlohmann::json& provenance) {
        line("input") << "XXH3-128 " << to_hex(record.source) << source_rule(provenance) << "\n";
        line("split") << split << ", " << split_rule(provenance) << "\n";
        line("made by") << "dsprep " << provenance.value("dsprep", "?") << " with "
                        << provenance.value("options", nlohmann::json::object()).dump() << "\n";
      });
  line("plan") << data.manifest().plan << "\n";
  line("slice") << row.part << " of split " << split << "\n";
  line("shard") << data.shard_name(index) << ", sample " << place.position << " of "
                << row.samples() << "\n";
  line("index") << index << " of " << data.size() << " in the split\n";
  line("sample") << "XXH3-128 " << to_hex(sample_hash(data.schema(), record))
                 << " of its canonical form\n";
  print_class(data, index);
  for (const Extent& extent : data.extents(index)) {
    line("bytes") << "field " << extent.field << ": " << escape_controls(extent.file) << ", offset "
                  << extent.offset << ", length " << extent.length << ", checksum XXH3-64 "
                  << hex64(extent.checksum) << "\n";
  }
}

// Where the shuffled epoch has the sample: found by walking the order, which reads nothing.
void print_step(const Dataset& data, std::uint64_t index, const ParsedOptions& options) {
  const std::uint64_t batch = options.count("batch"), world = options.count("world");
  const std::uint64_t seed = options.given("seed") ? options.count("seed") : 0;
  if (batch == 0 || world == 0)
    throw Error(ErrorCode::kUsage, "--batch and --world must be 1 at least");
  const auto order = shuffled(data.size(), seed)->epoch(options.count("epoch"));
  std::vector<std::uint64_t> found;
  std::uint64_t position = 0;
  for (;; ++position, found.clear()) {
    order->append(position, found);
    if (found[0] == index) break;
  }
  line("order") << "seed " << seed << ", epoch " << options.count("epoch") << ": position "
                << position << " of " << data.size() << "\n";
  line("step") << position / (batch * world) << ", rank " << position % world << " of " << world
               << ", row " << position % (batch * world) / world << "\n";
}

}  // namespace

int run_explain(const std::vector<std::string>& arguments) {
  CommandLine command{
      .name = "explain",
      .synopsis = "DIR KEY",
      .description =
          "Prints where a sample came from, why it is in its split, and where its bytes stand. "
          "Reads the keys of all splits\none after another.",
      .positional = {"DIR", "KEY"}};
  command.options.add_options()("seed", po::value<Count>()->value_name("N"),
                                "also the step and rank that get it in a shuffled epoch")(
      "epoch", po::value<Count>()->default_value({0})->value_name("E"), "which epoch")(
      "batch", po::value<Count>()->default_value({64})->value_name("B"), "samples a rank and step")(
      "world", po::value<Count>()->default_value({1})->value_name("W"), "number of ranks");
  const auto options = parse(command, arguments);
  if (!options) return 0;
  const std::string& key = options->positional()[1];
  bool found = false;
  for (const Dataset& data : open_splits(options->positional()[0])) {
    const auto index = data.find(key);
    if (!index) continue;
    if (found) std::cout << "\n";
    found = true;
    explain(data, *index);
    const bool asked = options->given("seed") || options->given("epoch") ||
                       options->given("batch") || options->given("world");
    if (asked) print_step(data, *index, *options);
  }
  if (!found) {
    throw Error(ErrorCode::kNotFound, "no sample has the key '" + escape_controls(key) + "'", {},
                "dsprep ls lists the keys");
  }
  return 0;
}

}  // namespace dsprep
