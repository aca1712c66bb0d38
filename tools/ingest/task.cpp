#include "tools/ingest/task.h"

#include <array>
#include <cstdlib>
#include <optional>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

std::optional<std::uint64_t> number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::nullopt : parse_u64(text);
}

struct Variables {
  const char* index;
  const char* count;
  const char* first = nullptr;  // what the first index is, where it may differ from 0
  const char* step = nullptr;   // the distance between two indexes
};
// A Slurm array comes before steps, for each element of an array is a job with steps of its own.
constexpr std::array kEnvironments = {
    Variables{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
              "SLURM_ARRAY_TASK_STEP"},
    Variables{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    Variables{"PMI_RANK", "PMI_SIZE"},
    Variables{"PMIX_RANK", "PMIX_SIZE"},
    Variables{"SLURM_PROCID", "SLURM_NTASKS"},
};

Task checked(std::uint64_t index, std::uint64_t count, const std::string& from) {
  if (count == 0 || count > 0xFFFFFFFF || index >= count) {
    throw Error(ErrorCode::kUsage, "--task: " + from + " does not name part I (from 0) of N", {},
                "write --task 0/8 to --task 7/8");
  }
  return {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(count)};
}

Task from_environment() {
  for (const Variables& names : kEnvironments) {
    const auto index = number_in_environment(names.index);
    const auto count = number_in_environment(names.count);
    if (!index || !count) continue;
    const std::uint64_t first =
        names.first == nullptr ? 0 : number_in_environment(names.first).value_or(0);
    const std::uint64_t step =
        names.step == nullptr ? 1 : number_in_environment(names.step).value_or(1);
    if (*index < first || step == 0) return checked(1, 0, names.index);
    return checked((*index - first) / step, *count, names.index);
  }
  throw Error(ErrorCode::kUsage,
              "--task auto: there is no variable of Slurm, Open MPI or MPICH that names a task", {},
              "write --task I/N");
}

}  // namespace

Task parse_task(const std::string& text) {
  if (text == "auto") return from_environment();
  const std::size_t slash = text.find('/');
  const auto index = parse_u64(std::string_view(text).substr(0, slash));
  const auto count =
      slash == text.npos ? std::nullopt : parse_u64(std::string_view(text).substr(slash + 1));
  return checked(index.value_or(1), index ? count.value_or(0) : 0, "'" + text + "'");
}

std::vector<std::size_t> slices_of(const Task& task, std::size_t slices) {
  std::vector<std::size_t> mine;
  for (std::size_t slice = task.index; slice < slices; slice += task.count) mine.push_back(slice);
  return mine;
}

}  // namespace dsprep
