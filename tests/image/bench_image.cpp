// bench_image FOLDER [MODE...]: pictures per second of processor time of one thread, decoding,
// resizing and encoding from memory. Modes: decode w1 w2 augment eval pow2; all without any. Prints
// the median of five runs; compare figures of one run only.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "dsprep/augment.h"
#include "dsprep/error.h"
#include "dsprep/image_transform.h"

namespace {

using namespace dsprep;
using Picture = std::vector<std::byte>;

std::vector<Picture> read_folder(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Picture> pictures;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const Bytes bytes = as_bytes(text);
    if (image_format(bytes) == ImageFormat::kJpeg)
      pictures.emplace_back(bytes.begin(), bytes.end());
  }
  return pictures;
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void run(const char* name, const std::vector<Picture>& pictures,
         const std::function<void(const Picture&, std::size_t)>& work) {
  std::vector<double> rates;
  std::size_t failed = 0;
  for (int round = 0; round < 5; ++round) {
    const double begin = cpu_seconds();
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      try {
        work(pictures[i], i);
      } catch (const Error&) {
        ++failed;
      }
    }
    rates.push_back(static_cast<double>(pictures.size()) / (cpu_seconds() - begin));
  }
  std::sort(rates.begin(), rates.end());
  std::printf("%-8s %8.1f pictures/cpu-s (%.1f to %.1f), %zu failed\n", name, rates[2],
              rates.front(), rates.back(), failed);
}

void transform(const char* name, const std::vector<Picture>& pictures,
               const ImageOptions& options) {
  const ImageTransform transform(options);
  ImageWorkspace workspace;
  run(name, pictures,
      [&](const Picture& picture, std::size_t) { (void)transform.apply(picture, workspace); });
}

void augment(const char* name, const std::vector<Picture>& pictures,
             const AugmentOptions& options) {
  const ImageAugment augment(options);
  AugmentWorkspace workspace;
  std::vector<std::byte> out(augment.output().row_bytes() * 64);
  run(name, pictures, [&](const Picture& picture, std::size_t i) {
    const std::size_t size = augment.output().row_bytes();
    augment.apply(picture, {.seed = 1, .epoch = 1, .position = i}, workspace,
                  std::span(out).subspan(i % 64 * size, size));
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: bench_image FOLDER [MODE...]\n"), 2;
  const std::vector<Picture> pictures = read_folder(argv[1]);
  const auto wanted = [&](const std::string& mode) {
    return argc == 2 || std::find(argv + 2, argv + argc, mode) != argv + argc;
  };
  if (wanted("decode")) {
    ImageDecoder decoder;
    Image image;
    run("decode", pictures, [&](const Picture& p, std::size_t) { decoder.decode(p, {}, image); });
  }
  if (wanted("w1")) transform("w1", pictures, {.resize = ResizeSpec{256, 0}});
  if (wanted("w2")) {
    transform("w2", pictures, {.resize = ResizeSpec{224, 224}, .encode = ImageEncode::kRaw});
  }
  if (wanted("augment")) augment("augment", pictures, {});
  if (wanted("eval")) augment("eval", pictures, {.crop = CropMode::kCenter, .flip = 0});
  return 0;
}
