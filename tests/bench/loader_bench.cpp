// loader_bench first DIR | permutation | bijective N: figures that a loop over epochs does not
// show.
//   first        from the start of the process to the first shuffled batch, and the memory it took
//   permutation  nanoseconds an index for sizes to 2^40
//   bijective    every permutation of 1 to N elements: is each index reached once?
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "dsprep/loader.h"
#include "lib/data/permutation.h"

using namespace dsprep;

namespace {

double seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}
double now() { return seconds(CLOCK_MONOTONIC); }

long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  return 0;
}

// The program starts itself anew and is told when that was: loading it counts too.
int start_again(char** argv) {
  std::string started = std::to_string(now());
  char* arguments[] = {argv[0], argv[1], argv[2], started.data(), nullptr};
  ::execv("/proc/self/exe", arguments);
  return std::perror("execv"), 1;
}

int first(const char* directory, double started) {
  const double begin = now();
  const Dataset data = Dataset::open(directory, "train");
  const double opened = now();
  Loader loader(data, {.batch_size = 64, .shuffle = true, .threads = 2});
  Epoch epoch = loader.epoch(0);
  const auto batch = epoch.next();
  const double end = now();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::printf(
      "{\"samples\":%zu,\"of\":%llu,\"open_ms\":%.3f,\"first_batch_ms\":%.3f,"
      "\"from_process_start_ms\":%.1f,\"cpu_ms\":%.1f,\"disk_reads\":%ld,\"peak_mib\":%.1f}\n",
      batch->rows(), static_cast<unsigned long long>(data.size()), (opened - begin) * 1e3,
      (end - begin) * 1e3, (end - started) * 1e3, seconds(CLOCK_PROCESS_CPUTIME_ID) * 1e3,
      used.ru_inblock / 8, static_cast<double>(peak_kib()) / 1024);
  return 0;
}

int permutation() {
  constexpr std::uint64_t kIndexes = 2'000'000;
  for (const std::uint64_t n : {std::uint64_t{1000}, std::uint64_t{65537}, std::uint64_t{1} << 20,
                                (std::uint64_t{1} << 20) + 1, std::uint64_t{10'000'000},
                                std::uint64_t{1'000'000'000}, (std::uint64_t{1} << 40) + 1}) {
    const Permutation order(n, 7);
    std::uint64_t sum = 0;
    const double begin = now();
    for (std::uint64_t i = 0, at = 0; i < kIndexes; ++i, at = at + 1 == n ? 0 : at + 1)
      sum += order.at(at);
    const double each = (now() - begin) / kIndexes * 1e9;
    std::printf("n = %-14llu %6.1f ns an index (%.2f of the 50 allowed)%s\n",
                static_cast<unsigned long long>(n), each, each / 50, sum == 1 ? " " : "");
  }
  return 0;
}

template <class Order>
bool reaches_all(const Order& order, std::uint64_t n, std::vector<std::uint32_t>& seen) {
  std::uint64_t reached = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t at = order.at(i);
    if (at >= n) return false;
    reached += seen[at] != n ? 1 : 0;
    seen[at] = static_cast<std::uint32_t>(n);
  }
  return reached == n;
}

int bijective(std::uint64_t most) {
  std::vector<std::uint32_t> network(most), used(most);
  for (std::uint64_t n = 1; n <= most; ++n) {
    if (!reaches_all(FeistelPermutation(n, n * 77), n, network) ||
        !reaches_all(Permutation(n, n * 77), n, used))
      return std::printf("%llu: no bijection\n", static_cast<unsigned long long>(n)), 1;
  }
  std::printf(
      "all permutations of 1 to %llu elements, by the network alone and as orders use them, "
      "are bijections\n",
      static_cast<unsigned long long>(most));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::strcmp(argv[1], "first") == 0) return start_again(argv);
    if (argc == 4 && std::strcmp(argv[1], "first") == 0) return first(argv[2], std::stod(argv[3]));
    if (argc == 3 && std::strcmp(argv[1], "bijective") == 0) return bijective(std::stoull(argv[2]));
    if (argc == 2 && std::strcmp(argv[1], "permutation") == 0) return permutation();
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
  return std::fprintf(stderr, "usage: loader_bench first DIR | permutation | bijective N\n"), 2;
}
