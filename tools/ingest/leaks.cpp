#include "tools/ingest/leaks.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "dsprep/error.h"
#include "formats/common/parallel.h"
#include "formats/common/text.h"
#include "tools/ingest/phases.h"
#include "tools/ingest/sample_content.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kChunk = 256;
constexpr std::uint64_t kBatch = 1 << 16;  // hashes that are computed, then kept, at a time

struct Seen {
  Hash128 hash;
  std::uint32_t split;
  std::uint64_t index;
};

auto order_of(const Seen& seen) {
  return std::tuple(seen.hash.high, seen.hash.low, seen.split, seen.index);
}

// The hashes of all samples in the order of splits and indexes: in memory, or in a file that is
// gone when this is.
class HashList {
 public:
  HashList(std::uint64_t count, std::uint64_t memory_bytes) {
    if (count <= memory_bytes / (2 * sizeof(Hash128))) {
      memory_.reserve(count);
      return;
    }
    std::string name = (std::filesystem::temp_directory_path() / "dsprep-audit-XXXXXX").string();
    file_ = ::mkstemp(name.data());
    if (file_ < 0) fail("cannot be made", name);
    (void)::unlink(name.c_str());
  }
  ~HashList() {
    if (file_ >= 0) (void)::close(file_);
  }
  HashList(const HashList&) = delete;
  HashList& operator=(const HashList&) = delete;

  void append(std::span<const Hash128> hashes) {
    count_ += hashes.size();
    if (file_ < 0) {
      memory_.insert(memory_.end(), hashes.begin(), hashes.end());
      return;
    }
    const auto* at = reinterpret_cast<const char*>(hashes.data());
    for (std::size_t left = hashes.size_bytes(); left != 0;) {
      const ssize_t wrote = ::write(file_, at, left);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) fail("cannot be written", "the list of hashes in TMPDIR");
      at += wrote;
      left -= static_cast<std::size_t>(wrote);
    }
  }

  // Calls take(index, hash) for each, in order.
  template <class Take>
  void for_each(Take take) const {
    if (file_ < 0) {
      for (std::size_t i = 0; i < memory_.size(); ++i) take(i, memory_[i]);
      return;
    }
    std::vector<Hash128> some(kBatch);
    for (std::uint64_t at = 0; at < count_; at += kBatch) {
      const std::size_t count = std::min(kBatch, count_ - at);
      read(at, std::span(some).first(count));
      for (std::size_t i = 0; i < count; ++i) take(at + i, some[i]);
    }
  }

 private:
  [[noreturn]] static void fail(const char* what, const std::string& name) {
    throw Error(ErrorCode::kIo, std::string(what) + ": " + std::strerror(errno), {.file = name},
                "set TMPDIR to a folder with room, 16 bytes a sample");
  }

  void read(std::uint64_t first, std::span<Hash128> out) const {
    auto* to = reinterpret_cast<char*>(out.data());
    auto offset = static_cast<off_t>(first * sizeof(Hash128));
    for (std::size_t left = out.size_bytes(); left != 0;) {
      const ssize_t got = ::pread(file_, to, left, offset);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) fail("cannot be read", "the list of hashes in TMPDIR");
      to += got;
      offset += got;
      left -= static_cast<std::size_t>(got);
    }
  }

  std::vector<Hash128> memory_;
  int file_ = -1;
  std::uint64_t count_ = 0;
};

// Places a sample by its number over all splits.
class Numbering {
 public:
  explicit Numbering(const std::vector<Dataset>& splits) {
    for (const Dataset& data : splits) ends_.push_back(total() + data.size());
  }
  std::uint64_t total() const noexcept { return ends_.empty() ? 0 : ends_.back(); }
  // Numbers rise from call to call.
  Seen place(std::uint64_t number, const Hash128& hash) noexcept {
    while (number >= ends_[split_]) ++split_;
    return {hash, split_, number - (split_ == 0 ? 0 : ends_[split_ - 1])};
  }
  void rewind() noexcept { split_ = 0; }

 private:
  std::vector<std::uint64_t> ends_;
  std::uint32_t split_ = 0;
};

void hash_split(const Dataset& data, const LeakOptions& options, HashList& out,
                std::string& compared) {
  const SampleContent content(data, options.fields);
  compared = content.description();
  std::vector<SampleContent::Scratch> scratch(options.jobs);
  std::vector<Hash128> hashes;
  for (std::uint64_t first = 0; first < data.size(); first += kBatch) {
    check_interrupted();
    hashes.resize(std::min(kBatch, data.size() - first));
    parallel_chunks(hashes.size(), kChunk, options.jobs,
                    [&](std::uint64_t begin, std::uint64_t end, unsigned worker) {
                      for (std::uint64_t i = begin; i < end;) {
                        const Place place = data.locate(first + i);
                        const auto shard = data.shard(place.shard);
                        std::uint64_t position = place.position;
                        for (; i < end && position < shard->size(); ++i, ++position)
                          hashes[i] = content.hash(*shard, position, scratch[worker]);
                      }
                    });
    out.append(hashes);
  }
}

// Equal contents stand side by side, the earliest split first.
void take_leaks(const std::vector<Seen>& sorted, LeakReport& report) {
  for (std::size_t i = 0; i < sorted.size();) {
    const Seen& first = sorted[i];
    std::size_t j = i + 1;
    for (; j < sorted.size() && sorted[j].hash == first.hash; ++j) {
      if (sorted[j].split == sorted[j - 1].split) ++report.repeated;
      if (sorted[j].split != first.split)
        report.leaks.push_back({sorted[j].split, sorted[j].index, first.split, first.index});
    }
    i = j;
  }
}

}  // namespace

LeakReport find_leaks(const std::vector<Dataset>& splits, const LeakOptions& options) {
  LeakReport report;
  Numbering numbering(splits);
  report.samples = numbering.total();
  HashList hashes(report.samples, options.memory_bytes);
  for (const Dataset& data : splits) hash_split(data, options, hashes, report.compared);
  const std::uint64_t room =
      std::max<std::uint64_t>(options.memory_bytes / 2 / sizeof(Seen), std::uint64_t{1} << 16);
  const std::uint64_t passes = report.samples / room + 1;
  std::vector<Seen> seen;
  for (std::uint64_t pass = 0; pass < passes; ++pass) {
    seen.clear();
    numbering.rewind();
    hashes.for_each([&](std::uint64_t number, const Hash128& hash) {
      if (passes == 1 || hash.low % passes == pass) seen.push_back(numbering.place(number, hash));
    });
    std::ranges::sort(seen, {}, order_of);
    take_leaks(seen, report);
  }
  std::ranges::sort(report.leaks, {},
                    [](const Leak& leak) { return std::tuple(leak.split, leak.index); });
  return report;
}

void refuse_leaks(const std::filesystem::path& dataset, unsigned jobs) {
  std::vector<Dataset> splits;
  const Manifest manifest = read_manifest(dataset);
  for (const SplitInfo& split : manifest.splits) {
    if (split.samples != 0) splits.push_back(Dataset::open(dataset, split.name));
  }
  const LeakReport report = find_leaks(splits, {.fields = {}, .jobs = jobs});
  if (report.leaks.empty()) return;
  const Leak& leak = report.leaks.front();
  const Dataset& data = splits[leak.split];
  const Dataset& earlier = splits[leak.earlier_split];
  throw Error(ErrorCode::kRejected,
              std::to_string(report.leaks.size()) + " samples stand in an earlier split, too: " +
                  data.split() + " '" + escape_controls(data.key(leak.index)) + "' is " +
                  earlier.split() + " '" + escape_controls(earlier.key(leak.earlier_index)) + "'",
              {},
              "take them out or keep them together with --group-by; without --forbid-leak the "
              "same command publishes, and dsprep audit lists them");
}

}  // namespace dsprep
