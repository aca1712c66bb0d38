#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "dsprep/manifest.h"
#include "dsprep/verify.h"
#include "formats/common/file.h"
#include "formats/common/footer.h"
#include "formats/common/lengths_name.h"
#include "formats/common/manifest_json.h"
#include "formats/common/parallel.h"
#include "formats/common/sealed_json.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

constexpr const char* kStatsName = "stats.json";
constexpr const char* kBuildFolder = ".build";
constexpr const char* kTemporarySuffix = ".tmp";

using Faults = std::vector<Fault>;

Fault to_fault(const Error& error) {
  return {error.code(),
          error.where(),
          {},
          error.message() + (error.remedy().empty() ? "" : "; " + error.remedy())};
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

// Checks one dataset. The methods for single files may be called by several threads.
class DatasetCheck {
 public:
  DatasetCheck(const fs::path& directory, Manifest manifest, Depth depth,
               const std::function<void(std::uint64_t, std::uint64_t)>& progress)
      : directory_(directory), manifest_(std::move(manifest)), depth_(depth), progress_(progress) {
    for (const OtherFile& file : manifest_.others) total_ += file.bytes;
    for (const ShardRow& row : manifest_.shards) {
      for (const ShardFile& file : row.files) total_ += file.bytes;
    }
  }

  VerifyReport run(unsigned jobs);

 private:
  void advance(std::uint64_t bytes) {
    const std::uint64_t done = done_.fetch_add(bytes) + bytes;
    if (progress_) progress_(done, total_);
  }
  std::optional<Fault> check_file(const fs::path& path, std::uint64_t bytes, const Hash128& hash,
                                  const std::string& shard);
  std::optional<Fault> check_identity(const fs::path& path, const ShardRow& row,
                                      const std::string& shard);
  Faults check_shard(const ShardRow& row);
  Faults detail(const fs::path& path, Faults known);
  Faults check_stats();
  Faults check_strangers();

  const fs::path& directory_;
  const Manifest manifest_;
  const Depth depth_;
  const std::function<void(std::uint64_t, std::uint64_t)>& progress_;
  std::uint64_t total_ = 0;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> compared_{0};
};

// Size, and where every byte is wanted also the hash; nothing where both are right.
std::optional<Fault> DatasetCheck::check_file(const fs::path& path, std::uint64_t bytes,
                                              const Hash128& hash, const std::string& shard) {
  const Where where{.file = path.string(), .shard = shard};
  try {
    const InputFile file(path);
    if (file.size() != bytes) {
      return Fault{ErrorCode::kCorrupt,
                   where,
                   {},
                   "size differs: expected " + std::to_string(bytes) + " bytes, got " +
                       std::to_string(file.size())};
    }
    if (depth_ == Depth::kQuick) {
      advance(bytes);
      return std::nullopt;
    }
    const Hash128 got =
        hasher_of(file, bytes, [this](std::uint64_t read) { advance(read); }).value();
    compared_ += bytes;
    if (got == hash) return std::nullopt;
    return Fault{ErrorCode::kCorrupt,
                 where,
                 {},
                 "checksum differs: expected " + to_hex(hash) + ", got " + to_hex(got)};
  } catch (const Error& error) {
    // A file that the manifest names and that is gone is damage, not a mistake of the caller.
    const bool gone = error.code() == ErrorCode::kNotFound;
    return Fault{gone ? ErrorCode::kCorrupt : error.code(),
                 where,
                 {},
                 gone ? "is missing" : error.message()};
  }
}

// The shard's own word on what it is. Nothing where it agrees, and where it cannot be read: then
// checksums differ too.
std::optional<Fault> DatasetCheck::check_identity(const fs::path& path, const ShardRow& row,
                                                  const std::string& shard) {
  try {
    const Footer footer((InputFile(path)));
    const ShardHeader& header = footer.header().shard;
    const Where where{.file = path.string(), .shard = shard};
    const auto fault = [&](ErrorCode code, const std::string& what) {
      return Fault{code, where, {}, what};
    };
    if (header.plan != manifest_.plan) {
      return fault(ErrorCode::kVersion, "a shard of another build: its plan is " + header.plan +
                                            ", the dataset's is " + manifest_.plan);
    }
    if (header.split != manifest_.splits[row.split].name || header.part != row.part) {
      return fault(ErrorCode::kCorrupt,
                   "another shard of this build: it says of itself that it is part " +
                       std::to_string(header.part) + " of split " + header.split);
    }
    if (header.container != manifest_.container || header.schema != manifest_.schema) {
      return fault(ErrorCode::kVersion,
                   "a shard of another build: its container or its fields are not the dataset's");
    }
    if (!(footer.header().digest == row.digest)) {
      return fault(ErrorCode::kCorrupt, "its samples are not those that shards.npy says");
    }
  } catch (const Error&) {
  }
  return std::nullopt;
}

// `known` faults of whole files, told as samples where the shard's own footer can do that.
Faults DatasetCheck::detail(const fs::path& path, Faults known) {
  Faults faults;
  try {
    faults = verify_shard(path, depth_);
  } catch (const Error& error) {
    if (known.empty()) faults.push_back(to_fault(error));
  }
  const auto told = [](const Faults& list, const std::string& file) {
    return std::ranges::any_of(list, [&](const Fault& fault) {
      return fs::path(fault.where.file).filename() == fs::path(file).filename();
    });
  };
  std::erase_if(known, [&](const Fault& fault) { return told(faults, fault.where.file); });
  faults.insert(faults.begin(), known.begin(), known.end());
  return faults;
}

Faults DatasetCheck::check_shard(const ShardRow& row) {
  const std::string stem = manifest_.shard_stem(row);
  const fs::path last = directory_ / (stem + row.files.back().suffix);
  if (const auto stranger = check_identity(last, row, stem)) {
    for (const ShardFile& file : row.files) advance(file.bytes);
    return {*stranger};
  }
  Faults faults;
  for (const ShardFile& file : row.files) {
    if (auto fault = check_file(directory_ / (stem + file.suffix), file.bytes, file.hash, stem)) {
      faults.push_back(std::move(*fault));
    }
  }
  // The hashes of whole files cover every byte; only where they differ, or were not taken, the
  // footer has more to say.
  if (!faults.empty() || depth_ == Depth::kQuick) faults = detail(last, std::move(faults));
  for (Fault& fault : faults) {
    if (fault.where.shard.empty()) fault.where.shard = stem;
  }
  return faults;
}

Faults DatasetCheck::check_stats() {
  const fs::path path = directory_ / kStatsName;
  if (!is_file(path)) return {};
  const Where where{.file = path.string()};
  try {
    const nlohmann::json stats = read_sealed(path);
    const auto dataset = stats.find("dataset");
    if (dataset == stats.end() || !dataset->is_string()) {
      return {{ErrorCode::kCorrupt, where, {}, "does not say which dataset it belongs to"}};
    }
    const std::string digest = to_hex(dataset_digest(manifest_));
    if (*dataset == digest) return {};
    return {{ErrorCode::kVersion,
             where,
             {},
             "belongs to another dataset: expected " + digest + ", got " + dataset->dump()}};
  } catch (const Error& error) {
    return {to_fault(error)};
  }
}

// Files that nobody announced. Memory: the names of all shards' files.
Faults DatasetCheck::check_strangers() {
  std::set<std::string> known = {kManifestName, kStatsName, kBuildFolder};
  for (const OtherFile& file : manifest_.others) known.insert(file.name);
  for (const ShardRow& row : manifest_.shards) {
    for (const ShardFile& file : row.files) known.insert(manifest_.shard_stem(row) + file.suffix);
  }
  for (const SplitInfo& split : manifest_.splits)
    for (const Field& field : manifest_.schema.fields)
      if (field.ragged()) known.insert(lengths_name(split.name, field.name));
  std::set<std::string> strangers;  // sorted: a folder's own order is not stable
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_, error)) {
    const std::string name = entry.path().filename().string();
    if (!known.contains(name) && !name.ends_with(kTemporarySuffix)) strangers.insert(name);
  }
  Faults faults;
  if (error)
    faults.push_back({ErrorCode::kIo,
                      {.file = directory_.string()},
                      {},
                      "cannot be listed: " + error.message()});
  for (const std::string& name : strangers) {
    faults.push_back({ErrorCode::kCorrupt,
                      {.file = (directory_ / name).string()},
                      {},
                      "is not part of the dataset: dataset.json does not know it"});
  }
  return faults;
}

VerifyReport DatasetCheck::run(unsigned jobs) {
  const std::size_t others = manifest_.others.size();
  std::map<std::size_t, Faults>
      found;  // by task, so that the order of the report does not depend on `jobs`
  std::mutex mutex;
  parallel_chunks(
      others + manifest_.shards.size(), 1, jobs, [&](std::uint64_t task, std::uint64_t, unsigned) {
        Faults faults;
        if (task >= others) {
          faults = check_shard(manifest_.shards[task - others]);
        } else {
          const OtherFile& file = manifest_.others[task];
          if (auto fault = check_file(directory_ / file.name, file.bytes, file.hash, {}))
            faults.push_back(std::move(*fault));
        }
        if (faults.empty()) return;
        const std::lock_guard lock(mutex);
        found[task] = std::move(faults);
      });
  VerifyReport report{.shards = manifest_.shards.size(),
                      .samples = manifest_.samples(),
                      .bytes = compared_,
                      .faults = {}};
  const auto add = [&report](const Faults& faults) {
    report.faults.insert(report.faults.end(), faults.begin(), faults.end());
  };
  for (const auto& [task, faults] : found) add(faults);
  add(check_stats());
  add(check_strangers());
  return report;
}

}  // namespace

VerifyReport verify_dataset(const fs::path& directory, Depth depth, unsigned jobs,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  std::optional<Manifest> manifest;
  try {
    manifest = load_manifest(directory);
  } catch (const Error& error) {
    // No dataset at all is the caller's mistake; a manifest that is damaged is what verification is
    // for.
    if (error.code() == ErrorCode::kNotFound) throw;
    return {.faults = {to_fault(error)}};
  }
  return DatasetCheck(directory, std::move(*manifest), depth, progress).run(jobs);
}

}  // namespace dsprep
