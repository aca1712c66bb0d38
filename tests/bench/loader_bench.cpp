// loader_bench first DIR | permutation: figures that a loop over epochs does not show.
//   first        from the start of the process to the first shuffled batch, and the memory it took
//   permutation  nanoseconds an index for sizes to 2^40
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <string>

#include "dsprep/loader.h"
#include "lib/data/permutation.h"

using namespace dsprep;

namespace {

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// What the system says: ticks of 10 ms between the start of the machine and of this process.
double process_start() {
  std::ifstream stat("/proc/self/stat");
  std::string word;
  for (int i = 0; i < 22; ++i) stat >> word;
  return std::stod(word) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  return 0;
}

int first(const char* directory) {
  const double begin = now();
  const Dataset data = Dataset::open(directory, "train");
  const double opened = now();
  Loader loader(data, {.batch_size = 64, .shuffle = true, .threads = 2});
  Epoch epoch = loader.epoch(0);
  const auto batch = epoch.next();
  std::printf(
      "{\"samples\":%zu,\"of\":%llu,\"open_ms\":%.3f,\"first_batch_ms\":%.3f,"
      "\"from_process_start_ms\":%.0f,\"peak_mib\":%.1f}\n",
      batch->rows(), static_cast<unsigned long long>(data.size()), (opened - begin) * 1e3,
      (now() - begin) * 1e3, (now() - process_start()) * 1e3,
      static_cast<double>(peak_kib()) / 1024);
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
    for (std::uint64_t i = 0; i < kIndexes; ++i) sum += order.at(i % n);
    const double each = (now() - begin) / kIndexes * 1e9;
    std::printf("n = %-14llu %6.1f ns an index (%.2f of the 50 allowed)%s\n",
                static_cast<unsigned long long>(n), each, each / 50, sum == 1 ? " " : "");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::strcmp(argv[1], "first") == 0) return first(argv[2]);
    if (argc == 2 && std::strcmp(argv[1], "permutation") == 0) return permutation();
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
  return std::fprintf(stderr, "usage: loader_bench first DIR | permutation\n"), 2;
}
