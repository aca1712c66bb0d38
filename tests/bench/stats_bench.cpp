// Statistics against what the machine can do, alternating in one run.
//   dsprep_stats_bench                              raw pixels: moments against reading memory,
//                                                   histograms against a bare histogram loop
//   dsprep_stats_bench FILE.f32 FEATURES [THREADS]  a float32 table: seconds for moments and
//                                                   quartiles (tests/bench/stats_sklearn.py)
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "lib/data/simd.h"
#include "lib/stats/number_fit.h"
#include "lib/stats/pixel_counter.h"

namespace {

using namespace dsprep;

constexpr std::size_t kBytes = 192 << 20;  // not in any cache
constexpr int kRounds = 5;

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Four vectors at a time, nothing but loads and adds.
struct Sum {
  DSPREP_INLINE static void run(const std::uint64_t* words, std::size_t count, std::uint64_t* out) {
    std::uint64_t lanes[32] = {};
    for (std::size_t i = 0; i + 32 <= count; i += 32) {
      for (std::size_t l = 0; l < 32; ++l) lanes[l] += words[i + l];
    }
    for (const std::uint64_t lane : lanes) *out += lane;
  }
};

void print(const char* what, std::vector<double> times, std::vector<double> limits,
           const char* limit) {
  std::ranges::sort(times);
  std::ranges::sort(limits);
  const double gigabytes = static_cast<double>(kBytes) / 1e9;
  const double ours = gigabytes / times[times.size() / 2];
  const double theirs = gigabytes / limits[limits.size() / 2];
  std::printf("%-36s %6.2f GB/s, %s %6.2f GB/s, ratio %.2f\n", what, ours, limit, theirs,
              ours / theirs);
}

int bench_pixels() {
  std::vector<std::uint8_t> pixels(kBytes);
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < pixels.size(); ++i) {  // rows of soft gradients with noise
    pixels[i] = static_cast<std::uint8_t>(128 + 90 * static_cast<int>(i / 3 % 224) / 224 +
                                          static_cast<int>(random() % 32) - 60);
  }
  std::uint64_t sink = 0;
  for (const std::size_t channels : {std::size_t{1}, std::size_t{3}}) {
    std::vector<double> read, moments, bare, histograms;
    for (int round = 0; round < kRounds; ++round) {
      read.push_back(seconds([&] {
        with_simd<Sum>(reinterpret_cast<const std::uint64_t*>(pixels.data()), kBytes / 8, &sink);
      }));
      moments.push_back(seconds([&] {
        PixelCounter counter(channels, false);
        counter.add(pixels);
        counter.flush();
        sink += counter.moments(0).count();
      }));
      bare.push_back(seconds([&] {
        std::vector<std::uint64_t> counts(channels * 256);
        for (std::size_t i = 0; i + channels <= pixels.size(); i += channels) {
          for (std::size_t c = 0; c < channels; ++c) ++counts[c * 256 + pixels[i + c]];
        }
        sink += counts[7];
      }));
      histograms.push_back(seconds([&] {
        PixelCounter counter(channels, true);
        counter.add(pixels);
        counter.flush();
        sink += counter.moments(0).count();
      }));
    }
    std::printf("%zu channels\n", channels);
    print("  mean, std, min, max", moments, read, "reading memory");
    print("  with histograms and quartiles", histograms, bare, "a bare histogram");
  }
  return sink == 42 ? 1 : 0;
}

int bench_table(const std::string& file, std::size_t features, unsigned threads) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  std::vector<float> table(static_cast<std::size_t>(in.tellg()) / sizeof(float));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(table.data()),
          static_cast<std::streamsize>(table.size() * sizeof(float)));
  std::vector<double> times;
  std::vector<NumberStats> stats;
  for (int round = 0; round < kRounds; ++round) {
    times.push_back(seconds([&] {
      NumberFit fit({.dtype = DType::kFloat32,
                     .features = features,
                     .quantiles = {0.25, 0.5, 0.75},
                     .jobs = threads});
      const std::size_t rows = table.size() / features;
      for (unsigned pass = 0; pass < fit.passes(); ++pass) {
        std::vector<std::jthread> workers;
        for (unsigned worker = 0; worker < threads; ++worker) {
          workers.emplace_back([&, worker] {
            const std::size_t begin = rows * worker / threads, end = rows * (worker + 1) / threads;
            fit.add(worker, std::as_bytes(std::span(table).subspan(begin * features,
                                                                   (end - begin) * features)));
          });
        }
        workers.clear();
        fit.end_pass();
      }
      stats = fit.report();
    }));
  }
  std::ranges::sort(times);
  std::printf(
      "{\"seconds\":%.6f,\"nanoseconds_a_value\":%.3f,\"mean\":%.17g,\"std\":%.17g,"
      "\"median\":%.17g}\n",
      times[times.size() / 2], 1e9 * times[times.size() / 2] / static_cast<double>(table.size()),
      stats[0].mean, stats[0].std, stats[0].quantile(0.5));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) return bench_pixels();
  return bench_table(argv[1], std::stoul(argv[2]),
                     argc > 3 ? static_cast<unsigned>(std::stoul(argv[3])) : 1);
}
