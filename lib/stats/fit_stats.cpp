#include <array>
#include <atomic>

#include "dsprep/error.h"
#include "dsprep/stats.h"
#include "formats/common/parallel.h"
#include "lib/stats/accumulator.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kChunk = 32;  // samples that a thread takes at a time
constexpr std::array<std::string_view, 4> kPerNames = {"auto", "pixel", "image", "value"};

void check_split(const Dataset& data, const StatsOptions& options) {
  if (data.split() != "train" && !options.allow_leak) {
    throw Error(ErrorCode::kUsage, "statistics are fitted on train, not on " + data.split(), {},
                "--allow-leak does it all the same, and records it");
  }
  if (data.size() == 0) throw Error(ErrorCode::kUsage, "split " + data.split() + " has no samples");
}

StatsPer resolve(const Field& field, StatsPer per) {
  if (per != StatsPer::kAuto) return per;
  if (is_picture(field)) return StatsPer::kPixel;
  return field.encoding == Encoding::kArray ? StatsPer::kValue : StatsPer::kAuto;
}

// Decoders and accumulators do not know which sample they were given.
void add_placed(const Dataset& data, std::uint64_t index, const Tensor& tensor, Accumulator& out) {
  try {
    out.add(tensor);
  } catch (const Error& error) {
    Where where = error.where();
    where.shard = data.shard_name(index);
    where.sample = data.locate(index).position;
    where.field = tensor.name;
    throw Error(error.code(),
                error.message() + " (sample " + std::to_string(index) + " of " + data.split() +
                    ", key " + data.key(index) + ")",
                where, error.remedy());
  }
}

}  // namespace

std::string_view stats_per_name(StatsPer per) noexcept {
  return kPerNames[static_cast<std::size_t>(per)];
}

std::optional<StatsPer> stats_per_from_name(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kPerNames, name);
  if (found == kPerNames.end()) return std::nullopt;
  return static_cast<StatsPer>(found - kPerNames.begin());
}

FieldStats fit_stats(const Dataset& data, std::string_view field, const StatsOptions& options) {
  const std::size_t index_of_field = data.schema().index_of(field);
  const Field& info = data.schema().fields[index_of_field];
  const StatsPer per = resolve(info, options.per);
  const unsigned jobs = std::max(options.jobs, 1U);
  std::vector<std::unique_ptr<Accumulator>> parts;
  for (unsigned i = 0; i < jobs; ++i) parts.push_back(make_accumulator(info, per));
  check_split(data, options);

  std::vector<SampleBuffer> buffers(jobs);
  std::atomic<std::uint64_t> done{0};
  parallel_chunks(data.size(), kChunk, jobs,
                  [&](std::uint64_t begin, std::uint64_t end, unsigned worker) {
                    for (std::uint64_t index = begin; index < end; ++index) {
                      add_placed(data, index, data.field(index, index_of_field, buffers[worker]),
                                 *parts[worker]);
                    }
                    const std::uint64_t sum = done += end - begin;
                    if (options.progress) options.progress(sum, data.size());
                  });

  FieldStats stats;
  stats.field = info.name;
  stats.split = data.split();
  stats.dataset = dataset_digest(data.manifest());
  stats.per = per;
  stats.leak = data.split() != "train";
  stats.samples = data.size();
  for (unsigned i = 1; i < jobs; ++i) parts[0]->merge(*parts[i]);
  parts[0]->report(stats);
  return stats;
}

}  // namespace dsprep
