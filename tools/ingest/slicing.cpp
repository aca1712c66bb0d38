#include "tools/ingest/slicing.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <tuple>
#include <utility>

#include "formats/common/file.h"
#include "formats/common/wide.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kAutoBytes = 256ULL << 20;
constexpr std::uint64_t kMostShards = 4096;      // of a split, where the aim is automatic
constexpr std::uint64_t kProbeBytes = 64 << 10;  // of a file, to estimate how long its lines are
constexpr std::size_t kProbeFiles = 16;

struct SplitRange {
  std::uint32_t split = 0;
  bool streamed = false;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

std::vector<SplitRange> ranges_of(const Plan& plan) {
  std::vector<SplitRange> ranges;
  for (std::uint64_t i = 0; i < plan.entries.size(); ++i) {
    const bool streamed = plan.streamed(plan.entries[i]);
    if (ranges.empty() || ranges.back().split != plan.entries[i].split ||
        ranges.back().streamed != streamed) {
      ranges.push_back({plan.entries[i].split, streamed, i, 0, 0});
    }
    ++ranges.back().count;
    ranges.back().bytes += plan.entries[i].bytes;
  }
  return ranges;
}

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0); }

// How many shards the aim asks for a range of `size` (samples or bytes), of which the largest split
// has `largest`.
std::uint64_t shards_for(std::uint64_t size, std::uint64_t largest, std::uint64_t target,
                         std::optional<std::uint64_t> shards) {
  if (shards) {
    const auto exact = static_cast<std::uint64_t>((Wide(*shards) * size + largest / 2) /
                                                  std::max<std::uint64_t>(largest, 1));
    return std::max<std::uint64_t>(exact, 1);
  }
  return std::max<std::uint64_t>(divide_up(size, target), 1);
}

// Mean length of a line with its end, from the heads of some files; the same for the same inputs.
std::uint64_t mean_line_bytes(const Plan& plan) {
  std::uint64_t bytes = 0, lines = 0;
  std::vector<std::byte> head;
  for (std::size_t i = 0; i < std::min(plan.entries.size(), kProbeFiles); ++i) {
    const InputFile file(plan.path_of(plan.entries[i]));
    head.resize(std::min(file.size(), kProbeBytes));
    file.read_at(0, head);
    bytes += head.size();
    lines += static_cast<std::uint64_t>(std::ranges::count(head, std::byte{'\n'}));
  }
  return std::max<std::uint64_t>(bytes / std::max<std::uint64_t>(lines, 1), 1);
}

class Cutter {
 public:
  Cutter(Plan& plan, const BuildOptions& options, bool cut_files)
      : plan_(plan),
        aim_(options.aim),
        shuffled_(*options.shuffled),
        seed_(options.order_seed),
        cut_files_(cut_files) {}

  void run() {
    const std::vector<SplitRange> ranges = ranges_of(plan_);
    const bool by_samples = aim_.samples && !cut_files_;
    const auto size_of = [&](const SplitRange& range) {
      return by_samples ? range.count : range.bytes;
    };
    std::uint64_t largest = 0;
    for (const SplitRange& range : ranges) largest = std::max(largest, size_of(range));
    for (const SplitRange& range : ranges) {
      const std::uint64_t target = target_for(range, by_samples);
      const std::uint64_t shards = shards_for(size_of(range), largest, target, aim_.shards);
      if (cut_files_) {
        cut_bytes(range, std::min(shards, std::max<std::uint64_t>(range.bytes, 1)));
      } else if (range.streamed) {
        cut_archives(range, by_samples, aim_.shards ? divide_up(size_of(range), shards) : target);
      } else if (shuffled_) {
        cut_hashes(range, aim_.shards ? shards : std::bit_ceil(shards));
      } else {
        cut_runs(range, by_samples, aim_.shards ? divide_up(size_of(range), shards) : target);
      }
    }
    number_parts();
  }

 private:
  std::uint64_t target_for(const SplitRange& range, bool by_samples) const {
    if (by_samples) return *aim_.samples;
    if (aim_.samples) return *aim_.samples * mean_line_bytes(plan_);
    return aim_.bytes.value_or(std::max(kAutoBytes, divide_up(range.bytes, kMostShards)));
  }

  void add(const SplitRange& range, std::uint64_t first, std::uint64_t count) {
    if (count == 0) return;
    Slice slice{.split = range.split,
                .first_entry = first,
                .entries = count,
                .end = plan_.entries[first + count - 1].bytes};
    for (std::uint64_t i = 0; i < count; ++i) slice.bytes += plan_.entries[first + i].bytes;
    plan_.slices.push_back(slice);
  }

  void cut_hashes(const SplitRange& range, std::uint64_t shards) {
    const auto bucket = [&](std::uint64_t entry) {
      return scale_hash(xxh3_64(as_bytes(plan_.entries[entry].key), seed_), shards);
    };
    std::uint64_t first = range.first;
    for (std::uint64_t i = range.first + 1; i < range.first + range.count; ++i) {
      if (bucket(i) == bucket(first)) continue;
      add(range, first, i - first);
      first = i;
    }
    add(range, first, range.first + range.count - first);
  }

  void cut_runs(const SplitRange& range, bool by_samples, std::uint64_t target) {
    const auto folder = [&](std::uint64_t entry) {
      const std::string& key = plan_.entries[entry].key;
      return std::string_view(key).substr(0, key.rfind('/') + 1);
    };
    std::uint64_t first = range.first, size = 0;
    for (std::uint64_t i = range.first; i < range.first + range.count; ++i) {
      const std::uint64_t more = by_samples ? 1 : plan_.entries[i].bytes;
      const bool border = i > first && folder(i) != folder(i - 1);
      if (i > first && ((border && size >= target) || size + more > 2 * target ||
                        (!has_folders() && size + more > target))) {
        add(range, first, i - first);
        first = i;
        size = 0;
      }
      size += more;
    }
    add(range, first, range.first + range.count - first);
  }

  // Whole archives only: one that is packed has to be read from its start.
  void cut_archives(const SplitRange& range, bool by_samples, std::uint64_t target) {
    std::uint64_t first = range.first, size = 0;
    for (std::uint64_t i = range.first; i < range.first + range.count; ++i) {
      const bool border = i > first && plan_.entries[i].archive != plan_.entries[i - 1].archive;
      if (border && size >= target) {
        add(range, first, i - first);
        first = i;
        size = 0;
      }
      size += by_samples ? 1 : plan_.entries[i].bytes;
    }
    add(range, first, range.first + range.count - first);
  }

  bool has_folders() const { return plan_.entries.front().key.find('/') != std::string::npos; }

  void cut_bytes(const SplitRange& range, std::uint64_t shards) {
    std::uint64_t entry = range.first, offset = 0, done = 0;
    for (std::uint64_t i = 0; i < shards; ++i) {
      const auto border = static_cast<std::uint64_t>(Wide(range.bytes) * (i + 1) / shards);
      Slice slice{
          .split = range.split, .first_entry = entry, .begin = offset, .bytes = border - done};
      const bool last = i + 1 == shards;  // takes empty files behind the last byte, too
      while (done < border || (last && entry < range.first + range.count)) {
        const std::uint64_t take = std::min(plan_.entries[entry].bytes - offset, border - done);
        done += take;
        offset += take;
        slice.entries = entry - slice.first_entry + 1;
        slice.end = offset;
        if (offset < plan_.entries[entry].bytes) break;
        ++entry;
        offset = 0;
      }
      if (slice.entries != 0) plan_.slices.push_back(slice);
    }
  }

  void number_parts() {
    std::uint32_t part = 0;
    for (std::size_t i = 0; i < plan_.slices.size(); ++i) {
      part = i != 0 && plan_.slices[i].split == plan_.slices[i - 1].split ? part + 1 : 0;
      plan_.slices[i].part = part;
    }
  }

  Plan& plan_;
  const ShardAim& aim_;
  bool shuffled_;
  std::uint64_t seed_;
  bool cut_files_;
};

// Members of packed archives come last in their split, as they stand in their archives.
auto stream_order(const Plan& plan, const Entry& entry) {
  const bool streamed = plan.streamed(entry);
  return std::tuple(entry.split, streamed, streamed ? entry.archive : 0,
                    streamed ? entry.position : 0);
}

}  // namespace

void cut_slices(Plan& plan, const BuildOptions& options, bool cut_files) {
  const bool shuffled = *options.shuffled;
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    const std::uint64_t hash =
        shuffled ? xxh3_64(as_bytes(plan.entries[i].key), options.order_seed) : 0;
    order.emplace_back(hash, i);
  }
  std::ranges::sort(order, [&](const auto& a, const auto& b) {
    const Entry& x = plan.entries[a.second];
    const Entry& y = plan.entries[b.second];
    return std::tuple(stream_order(plan, x), a.first, std::string_view(x.key)) <
           std::tuple(stream_order(plan, y), b.first, std::string_view(y.key));
  });
  std::vector<Entry> sorted;
  sorted.reserve(order.size());
  for (const auto& [hash, index] : order) sorted.push_back(std::move(plan.entries[index]));
  plan.entries = std::move(sorted);
  Cutter(plan, options, cut_files).run();
}

}  // namespace dsprep
