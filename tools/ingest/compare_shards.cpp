#include "tools/ingest/compare_shards.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "dsprep/shard.h"
#include "formats/common/file.h"

namespace dsprep {
namespace {

constexpr std::size_t kChunk = 1 << 20;

// Offset of the first byte that differs, or the length where the files are equal.
std::uint64_t common_bytes(const InputFile& a, const InputFile& b) {
  std::vector<std::byte> left(kChunk), right(kChunk);
  const std::uint64_t end = std::min(a.size(), b.size());
  for (std::uint64_t at = 0; at < end; at += kChunk) {
    const std::size_t bytes = std::min<std::uint64_t>(kChunk, end - at);
    a.read_at(at, std::span(left).first(bytes));
    b.read_at(at, std::span(right).first(bytes));
    const auto differs = std::mismatch(
        left.begin(), left.begin() + static_cast<std::ptrdiff_t>(bytes), right.begin());
    if (differs.first != left.begin() + static_cast<std::ptrdiff_t>(bytes))
      return at + static_cast<std::uint64_t>(differs.first - left.begin());
  }
  return end;
}

Fault sample_fault(const ShardPair& pair, ErrorCode code, std::uint64_t sample, std::string key,
                   std::string what) {
  return {.code = code,
          .where = {.file = pair.stored + pair.row.files.back().suffix,
                    .shard = pair.shard,
                    .sample = sample},
          .key = std::move(key),
          .what = std::move(what)};
}

// Compares samples of two open shards; readers of the stored one may throw.
class Comparison {
 public:
  Comparison(const ShardPair& pair, const std::map<std::string, std::string>& rejects,
             std::vector<Fault>& faults)
      : pair_(pair),
        rejects_(rejects),
        faults_(faults),
        stored_(open_shard(pair.stored + pair.row.files.back().suffix)),
        rebuilt_(open_shard(pair.rebuilt + pair.summary.files.back().suffix)) {
    for (std::uint64_t i = 0; i < rebuilt_->size(); ++i) place_.emplace(rebuilt_->key(i, b_), i);
  }

  void run() {
    for (std::uint64_t i = 0; i < stored_->size(); ++i) {
      try {
        compare(i);
      } catch (const Error& error) {
        faults_.push_back({error.code(), error.where(), {}, error.message()});
        faults_.back().where.shard = pair_.shard;
      }
    }
    for (const auto& [key, position] : place_)
      add(ErrorCode::kVersion, position, key, "the inputs give this sample, the dataset lacks it");
  }

 private:
  void add(ErrorCode code, std::uint64_t sample, const std::string& key, const std::string& what) {
    faults_.push_back(sample_fault(pair_, code, sample, key, what));
  }

  void compare(std::uint64_t i) {
    const std::string key(stored_->key(i, a_));
    const auto found = place_.find(key);
    if (found == place_.end()) {
      const auto reject = rejects_.find(key);
      add(ErrorCode::kVersion, i, key,
          reject == rejects_.end() ? "the inputs no longer give this sample"
                                   : "its input is refused now: " + reject->second);
      return;
    }
    const std::uint64_t position = found->second;
    place_.erase(found);  // before the stored sample is read: it may be damaged
    const Record stored = stored_->read(i, a_);
    const Record rebuilt = rebuilt_->read(position, b_);
    if (stored.source != rebuilt.source) {
      add(ErrorCode::kVersion, i, key,
          "its input has changed: XXH3-128 " + to_hex(stored.source) + " at the build, now " +
              to_hex(rebuilt.source));
      return;
    }
    compare_fields(i, key, stored, rebuilt);
  }

  void compare_fields(std::uint64_t i, const std::string& key, const Record& stored,
                      const Record& rebuilt) {
    const auto& fields = stored_->header().schema.fields;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const FieldValue &a = stored.fields[f], &b = rebuilt.fields[f];
      if (a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes)) continue;
      add(ErrorCode::kCorrupt, i, key,
          "the same input gives another value: " + std::to_string(b.bytes.size()) +
              " bytes with XXH3-128 " + to_hex(xxh3_128(b.bytes)) + ", stored are " +
              std::to_string(a.bytes.size()) + " with " + to_hex(xxh3_128(a.bytes)));
      faults_.back().where.field = fields[f].name;
    }
  }

  const ShardPair& pair_;
  const std::map<std::string, std::string>& rejects_;
  std::vector<Fault>& faults_;
  std::unique_ptr<ShardReader> stored_;
  std::unique_ptr<ShardReader> rebuilt_;
  ReadBuffer a_;
  ReadBuffer b_;
  std::unordered_map<std::string, std::uint64_t> place_;
};

// No sample differs: the bytes between or behind them do.
void add_file_differences(const ShardPair& pair, std::vector<Fault>& faults) {
  for (const ShardFile& file : pair.summary.files) {
    const InputFile stored(pair.stored + file.suffix), rebuilt(pair.rebuilt + file.suffix);
    const std::uint64_t common = common_bytes(stored, rebuilt);
    if (common == stored.size() && common == rebuilt.size()) continue;
    faults.push_back(
        {.code = ErrorCode::kCorrupt,
         .where = {.file = stored.path().string(), .shard = pair.shard, .offset = common},
         .key = {},
         .what = "the rebuilt file differs from here on; no sample does"});
  }
}

}  // namespace

std::uint64_t compare_files(const ShardPair& pair) {
  std::uint64_t bytes = 0;
  for (const ShardFile& file : pair.summary.files) {
    if (!std::filesystem::exists(pair.stored + file.suffix)) return 0;
    const InputFile stored(pair.stored + file.suffix), rebuilt(pair.rebuilt + file.suffix);
    if (stored.size() != rebuilt.size() || common_bytes(stored, rebuilt) != stored.size()) return 0;
    bytes += stored.size();
  }
  return bytes;
}

void compare_samples(const ShardPair& pair, const std::map<std::string, std::string>& rejects,
                     std::vector<Fault>& faults) {
  const std::size_t before = faults.size();
  bool same_container = false;
  try {
    Comparison comparison(pair, rejects, faults);
    comparison.run();
    same_container = pair.row.files.back().suffix == pair.summary.files.back().suffix;
    if (faults.size() == before && same_container) add_file_differences(pair, faults);
  } catch (const Error& error) {
    faults.push_back({error.code(), error.where(), {}, error.message()});
    faults.back().where.shard = pair.shard;
  }
}

void add_rejects(std::string_view lines, std::map<std::string, std::string>& reasons) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const auto line = nlohmann::json::parse(lines.substr(0, end), nullptr, false);
    if (line.is_object())
      reasons[line.value("path", "")] = line.value("class", "") + ": " + line.value("reason", "");
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

}  // namespace dsprep
