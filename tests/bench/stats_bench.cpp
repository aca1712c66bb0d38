// Statistics against what the machine can do, alternating in one run.
//   dsprep_stats_bench                              raw pixels: moments against reading memory,
//                                                   histograms against a bare histogram loop
//   dsprep_stats_bench exact [COUNT]                10^9 float64 values of mean 10^6 and deviation 1
//                                                   against sums of 128 bits, on two threads
//   dsprep_stats_bench FILE.f32 FEATURES [THREADS]  a float32 table: seconds for moments and
//                                                   quartiles (tests/bench/stats_sklearn.py)
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <string_view>
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

__extension__ typedef __float128 Quad;

// What a thread of the reference adds up, of values less 10^6.
struct QuadSums {
  Quad sum = 0;
  Quad squares = 0;
};

int bench_exact(std::uint64_t count) {
  constexpr unsigned kThreads = 2;
  constexpr std::size_t kBlock = 1 << 16;
  const std::uint64_t blocks = count / kThreads / kBlock;
  NumberFit fit({.dtype = DType::kFloat64, .features = 1, .jobs = kThreads});
  std::vector<QuadSums> sums(kThreads);
  std::vector<std::jthread> workers;
  for (unsigned worker = 0; worker < kThreads; ++worker) {
    workers.emplace_back([&, worker] {
      std::mt19937_64 random(worker + 1);
      std::vector<double> values(kBlock);
      QuadSums mine;
      for (std::uint64_t block = 0; block < blocks; ++block) {
        for (double& value : values) {  // four uniform numbers are near enough to a normal one
          const std::uint64_t bits = random();
          double sum = 0;
          for (int i = 0; i < 4; ++i)
            sum += static_cast<double>(bits >> (16 * i) & 0xFFFF) / 65536.0 - 0.5;
          value = 1e6 + sum * 1.7320508075688772;
          const Quad less = static_cast<Quad>(value) - 1'000'000;
          mine.sum += less;
          mine.squares += less * less;
        }
        fit.add(worker, std::as_bytes(std::span(values)));
      }
      sums[worker] = mine;
    });
  }
  workers.clear();
  fit.end_pass();
  const NumberStats stats = fit.report()[0];
  const auto n = static_cast<Quad>(stats.count);
  const Quad sum = sums[0].sum + sums[1].sum, squares = sums[0].squares + sums[1].squares;
  const Quad mean = 1'000'000 + sum / n;
  const auto variance = static_cast<long double>((squares - sum * sum / n) / (n - 1));
  const long double deviation = std::sqrt(variance);
  std::printf("%llu values: mean %.17g, relative error %.1e; std %.17g, relative error %.1e\n",
              static_cast<unsigned long long>(stats.count), stats.mean,
              static_cast<double>((static_cast<Quad>(stats.mean) - mean) / mean), stats.std,
              static_cast<double>((static_cast<long double>(stats.std) - deviation) / deviation));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) return bench_pixels();
  if (std::string_view(argv[1]) == "exact")
    return bench_exact(argc > 2 ? std::stoull(argv[2]) : 1'000'000'000);
  return bench_table(argv[1], std::stoul(argv[2]),
                     argc > 3 ? static_cast<unsigned>(std::stoul(argv[3])) : 1);
}
