#include "tools/ingest/compare_inputs.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "formats/common/file.h"
#include "formats/common/json.h"
#include "tools/ingest/compare_shards.h"
#include "tools/ingest/mapped_input.h"
#include "tools/ingest/phases.h"
#include "tools/ingest/planner.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789,") == text.npos;
}

void cut_number(std::string_view& key, char mark) {
  const std::size_t at = key.rfind(mark);
  if (at != key.npos && all_digits(key.substr(at + 1))) key = key.substr(0, at);
}

// A sample's source is the hash of its whole input: then bytes can be compared.
bool one_input_a_source(const BuildOptions& options) {
  if (one_sample_a_file(options.kind)) return true;
  return options.kind == InputKind::kText && options.text.doc == DocRule::kFile &&
         !options.text.windows.pack;
}

class InputComparison {
 public:
  InputComparison(const fs::path& directory, const Manifest& manifest, const PlannedBuild& planned)
      : directory_(directory), manifest_(manifest), planned_(planned) {}

  std::vector<Fault> run() {
    read_rejects();
    read_keys();
    for (const Reject& reject : planned_.plan.listing_rejects) {
      if (rejects_.count(reject.path) == 0)
        add(reject.code, reject.path, "this input is refused now: " + reject.reason);
    }
    for (const Entry& entry : planned_.plan.entries) {
      check_interrupted();
      compare(entry);
    }
    if (!planned_.options.text.windows.pack) {
      for (const auto& [key, source] : recorded_)
        add(ErrorCode::kNotFound, key, "this input is missing");
    }
    if (faults_.empty()) add_totals();
    return std::move(faults_);
  }

 private:
  void add(ErrorCode code, const std::string& file, const std::string& what) {
    faults_.push_back({.code = code, .where = {.file = file}, .key = {}, .what = what});
  }

  void read_rejects() {
    const fs::path file = directory_ / "rejects.jsonl";
    if (fs::exists(file)) add_rejects(read_text(file), rejects_);
  }

  void read_keys() {
    ReadBuffer buffer;
    for (const ShardRow& row : manifest_.shards) {
      const std::string stem = manifest_.shard_stem(row);
      try {
        const auto shard = open_shard(directory_ / (stem + row.files.back().suffix));
        for (std::uint64_t i = 0; i < shard->size(); ++i)
          recorded_.emplace(input_key(shard->key(i, buffer), planned_.options), shard->source(i));
      } catch (const Error& error) {
        faults_.push_back({error.code(), error.where(), {}, error.message()});
      }
    }
  }

  void compare(const Entry& entry) {
    const auto found = recorded_.find(entry.key);
    if (found == recorded_.end()) {
      // An empty file of lines, a picture too small for a tile, or a sound too short for a window,
      // never gave a sample.
      if (one_input_a_source(planned_.options) && !planned_.options.tile &&
          planned_.options.kind != InputKind::kAudio &&
          rejects_.count(entry.key) == 0 && seen_.count(entry.key) == 0)
        add(ErrorCode::kVersion, entry.key, "this input is new");
      return;
    }
    if (one_input_a_source(planned_.options) && !planned_.plan.streamed(entry)) {
      try {
        const Hash128 now = InputBytes(planned_.plan, entry).hash();
        if (now != found->second)
          add(ErrorCode::kVersion, entry.key,
              "this input has changed: XXH3-128 " + to_hex(found->second) + " at the build, now " +
                  to_hex(now));
      } catch (const Error& error) {
        add(error.code(), entry.key, error.message());
      }
    }
    seen_.insert(entry.key);
    recorded_.erase(found);
  }

  void add_totals() {
    std::uint64_t files = 0, bytes = 0;
    read_json(manifest_.provenance, {.file = (directory_ / "dataset.json").string()},
              [&](const nlohmann::json& provenance) {
                files = provenance.at("inputs").at("files");
                bytes = provenance.at("inputs").at("bytes");
              });
    add(ErrorCode::kVersion, "",
        "the inputs are not those of the build: " + std::to_string(planned_.plan.entries.size()) +
            " of " + std::to_string(planned_.plan.input_bytes()) + " bytes, at the build " +
            std::to_string(files) + " of " + std::to_string(bytes));
  }

  const fs::path& directory_;
  const Manifest& manifest_;
  const PlannedBuild& planned_;
  std::map<std::string, std::string> rejects_;
  std::map<std::string, Hash128> recorded_;  // by input key; those that were met are taken out
  std::set<std::string> seen_;
  std::vector<Fault> faults_;
};

}  // namespace

std::string input_key(std::string_view sample_key, const BuildOptions& options) {
  const bool windows = (options.kind == InputKind::kText && options.text.windows.length != 0) ||
                       (options.kind == InputKind::kAudio && options.audio.windows.length != 0);
  if (options.tile || windows) cut_number(sample_key, '@');
  if (options.kind == InputKind::kText && options.text.doc != DocRule::kFile)
    cut_number(sample_key, ':');
  return std::string(sample_key);
}

std::vector<Fault> compare_inputs(const fs::path& directory, const Manifest& manifest,
                                  const PlannedBuild& planned) {
  return InputComparison(directory, manifest, planned).run();
}

}  // namespace dsprep
