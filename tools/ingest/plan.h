// Plan: everything that a build has decided before it writes. Frozen and checksummed in
// .build/<build id>/, so that any number of tasks, now or after a kill, do the same. See
// tools/README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "dsprep/schema.h"
#include "dsprep/shard.h"
#include "tools/ingest/batch.h"

namespace dsprep {

inline constexpr std::uint32_t kSplitByContent = 0xFFFFFFFF;
inline constexpr std::int64_t kNoLabel = std::numeric_limits<std::int64_t>::min();
inline constexpr std::uint32_t kNoArchive = 0xFFFFFFFF;

/// A file whose members are inputs. Its path is roots[root] + key.
struct ArchiveInput {
  std::uint32_t root = 0;
  std::string key;
  std::uint64_t bytes = 0;
  bool streamed = false;  ///< packed or a zip: read from its start; else members by their offset
};

/// One input: a file with path roots[root] + key, or a member of an archive.
struct Entry {
  std::uint32_t root = 0;
  std::uint32_t split = 0;  ///< index into Plan::splits, or kSplitByContent
  std::int64_t label =
      kNoLabel;  ///< index into Plan::classes; a number as it was given where there are none
  std::uint64_t bytes = 0;
  bool ambiguous_stem = false;         ///< another file has the same key but for its extension
  std::uint32_t archive = kNoArchive;  ///< index into Plan::archives
  std::uint64_t position = 0;          ///< in it, as in ArchiveMember
  std::string key;
};

/// The unit of restart and of distribution: a run of entries. Where a file is cut (text), the first
/// entry starts at `begin`, the last ends at `end`, and the slice owns the documents that begin in
/// between.
struct Slice {
  std::uint32_t split = 0;  ///< or kSplitByContent
  std::uint32_t part = 0;   ///< counts from 0 within the split
  std::uint64_t first_entry = 0;
  std::uint64_t entries = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t bytes = 0;  ///< of input
  std::uint64_t first_line =
      0;  ///< lines before `begin` in the first entry (known after the survey)
};

struct Plan {
  std::string build;  ///< 32 hex digits: hash of inputs (keys, sizes), options, canary and version
  std::string id;     ///< the same with what the survey found: the id that shards carry
  std::string kind;   ///< "image", "text"
  std::string options;  ///< canonical JSON of all options that change the output
  std::string canary;   ///< canonical JSON: what the codecs made of a known input, and their names
  Container container = Container::kWds;
  Schema schema;  ///< complete after the survey
  std::vector<std::string> roots;
  std::vector<ArchiveInput> archives;
  std::vector<Entry> entries;
  std::vector<std::string> splits;  ///< in the order of sort_splits
  std::vector<std::string> classes;
  std::vector<Slice> slices;
  /// For each split, where it depends on content: how many slices share one shard of it (1: each
  /// slice has its own).
  std::vector<std::uint32_t> slices_a_shard;
  std::string tokenizer;  ///< file of the tokenizer (fitted or copied), or empty
  std::string table;      ///< TableLayout as JSON, complete after the survey; or empty
  std::vector<Reject> listing_rejects;
  std::string ignored;  ///< canonical JSON object: what was passed over while listing, and how many
  bool surveyed = false;  ///< false: the survey has to be done before anything can be written

  std::string path_of(const Entry& entry) const { return roots[entry.root] + entry.key; }
  std::string path_of(const ArchiveInput& archive) const {
    return roots[archive.root] + archive.key;
  }
  /// The file that holds the entry's bytes.
  std::string file_of(const Entry& entry) const {
    return entry.archive == kNoArchive ? path_of(entry) : path_of(archives[entry.archive]);
  }
  bool streamed(const Entry& entry) const {
    return entry.archive != kNoArchive && archives[entry.archive].streamed;
  }
  std::uint64_t input_bytes() const noexcept;
  /// The number of train in splits; where there is none, that of all splits, which no sample has.
  std::uint32_t train_split() const noexcept;
};

/// Where a build keeps its work: DIR/.build/<build id>/.
struct BuildFolder {
  std::filesystem::path out;   ///< DIR
  std::filesystem::path work;  ///< DIR/.build/<build id>

  BuildFolder(const std::filesystem::path& directory, const std::string& build);
  std::filesystem::path plan_file() const { return work / "plan.json"; }
  std::filesystem::path inputs_file() const { return work / "inputs"; }
  /// The tokenizer with that hash: another name for another one, so that a plan always finds its
  /// own.
  std::filesystem::path tokenizer_file(const std::string& hash) const {
    return work / ("tokenizer-" + hash);
  }
  std::filesystem::path survey_file(std::size_t slice) const;
  std::filesystem::path unit_file(const std::string& unit) const {
    return work / "units" / (unit + ".json");
  }
  std::filesystem::path rejects_file(const std::string& unit) const {
    return work / "units" / (unit + ".rejects.jsonl");
  }
  /// ValueCounts of a unit, which its record names by their hash.
  std::filesystem::path counts_file(const std::string& unit) const {
    return work / "units" / (unit + ".counts");
  }
  std::filesystem::path shards() const { return work / "shards"; }
  std::filesystem::path staged() const { return work / "out"; }

  /// The builds that stand in DIR/.build.
  static std::vector<std::string> builds_in(const std::filesystem::path& directory);
};

/// Fills in Plan::build from the rest. Absolute paths, times and the number of threads do not
/// enter.
void name_build(Plan& plan);
/// Fills in Plan::id from `build` and what the survey found.
void name_plan(Plan& plan);

/// Writes plan and inputs, synced, the plan last.
void save_plan(const BuildFolder& folder, const Plan& plan);
/// Throws kNotFound, kCorrupt, and kVersion where another version of dsprep has made it.
Plan load_plan(const BuildFolder& folder);
/// Throws kVersion that names both where this machine's codecs are not those of the plan.
void check_canary(const Plan& plan, const std::string& canary_here);

}  // namespace dsprep
