#include "tools/ingest/task.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "dsprep/error.h"

using namespace dsprep;

namespace {

struct Environment {
  explicit Environment(std::initializer_list<std::pair<const char*, const char*>> variables) {
    for (const auto& [name, value] : variables) {
      ::setenv(name, value, 1);
      names.push_back(name);
    }
  }
  ~Environment() {
    for (const char* name : names) ::unsetenv(name);
  }
  std::vector<const char*> names;
};

void check_auto(std::uint32_t index, std::uint32_t count) {
  const Task task = parse_task("auto");
  CHECK(task.index == index);
  CHECK(task.count == count);
}

}  // namespace

TEST_CASE("a task is I/N, and anything else is refused") {
  CHECK(parse_task("2/5").index == 2);
  CHECK(parse_task("2/5").count == 5);
  for (const char* bad : {"", "5", "5/5", "/5", "1/", "-1/5", "1/0", "a/b", "1/2/3", "1.0/2"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS((void)parse_task(bad), Error);
  }
}

TEST_CASE("auto reads Slurm arrays, Slurm steps, Open MPI and MPICH") {
  CHECK_THROWS_AS((void)parse_task("auto"), Error);
  {
    const Environment slurm({{"SLURM_PROCID", "3"}, {"SLURM_NTASKS", "8"}});
    check_auto(3, 8);
    const Environment array({{"SLURM_ARRAY_TASK_ID", "7"},
                             {"SLURM_ARRAY_TASK_COUNT", "4"},
                             {"SLURM_ARRAY_TASK_MIN", "1"},
                             {"SLURM_ARRAY_TASK_STEP", "2"}});
    check_auto(3, 4);
  }
  {
    const Environment mpi({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}});
    check_auto(1, 2);
  }
  const Environment mpich({{"PMI_RANK", "0"}, {"PMI_SIZE", "3"}});
  check_auto(0, 3);
}

TEST_CASE("the tasks of a build share its slices without gap or overlap") {
  for (const std::uint32_t count : {1U, 3U, 8U, 40U}) {
    std::multiset<std::size_t> all;
    for (std::uint32_t i = 0; i < count; ++i) {
      for (const std::size_t slice : slices_of({i, count}, 20)) all.insert(slice);
    }
    CHECK(all.size() == 20);
    CHECK(std::set<std::size_t>(all.begin(), all.end()).size() == 20);
  }
}
