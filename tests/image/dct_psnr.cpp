// dct_psnr FOLDER: the PSNR of decoding JPEGs at a half, a quarter and an eighth and resizing that,
// against decoding all of them and resizing that: over how many pixels are left for each one of the
// result. Where lib/README.md has its table from.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "dsprep/error.h"
#include "lib/image/resample.h"

namespace {

using namespace dsprep;

double psnr(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const double difference = a.pixels[i] - b.pixels[i];
    sum += difference * difference;
  }
  const double mean = std::max(sum / static_cast<double>(a.pixels.size()), 1e-4);
  return 10 * std::log10(255 * 255 / mean);
}

Image decode(Bytes bytes, const ImageInfo& header, std::uint32_t width, std::uint32_t height,
             Filter filter, unsigned eighths) {
  ImageInfo info = header;
  info.orientation = 1;
  ResampleMemory memory;
  Image out;
  decode_resampled(
      bytes, {}, info,
      {{0, 0, info.width, info.height}, width, height, {0, 0, width, height}, filter, eighths},
      false, memory, out);
  return out;
}

struct Row {
  std::vector<double> values;

  void print() {
    std::sort(values.begin(), values.end());
    double sum = 0;
    for (const double value : values) sum += value;
    const auto at = [&](double share) {
      return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    };
    std::printf("%6.1f %6.1f %6.1f %6.1f", values.front(), at(0.05), at(0.5),
                sum / static_cast<double>(values.size()));
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: dct_psnr FOLDER\n"), 2;
  std::vector<std::vector<std::byte>> pictures;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1])) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const Bytes bytes = as_bytes(text);
    if (image_format(bytes) == ImageFormat::kJpeg)
      pictures.emplace_back(bytes.begin(), bytes.end());
  }
  for (const Filter filter : {Filter::kBilinear, Filter::kLanczos, Filter::kArea}) {
    std::printf("%s: dB, least, 5 %%, median, mean\n", std::string(filter_name(filter)).c_str());
    for (const double left : {1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0}) {
      std::printf("  %4.2f pixels left:", left);
      for (const unsigned eighths : {4U, 2U, 1U}) {
        Row row;
        for (const auto& bytes : pictures) {
          try {
            const ImageInfo info = inspect_image(bytes);
            const double scale = eighths / 8.0 / left;
            const auto width = static_cast<std::uint32_t>(info.width * scale);
            const auto height = static_cast<std::uint32_t>(info.height * scale);
            if (width < 16 || height < 16) continue;
            row.values.push_back(psnr(decode(bytes, info, width, height, filter, eighths),
                                      decode(bytes, info, width, height, filter, 8)));
          } catch (const Error&) {  // a CMYK or broken picture is no part of the table
          }
        }
        std::printf("   %u/8", eighths);
        row.values.empty() ? static_cast<void>(std::printf(" none")) : row.print();
      }
      std::printf("\n");
    }
  }
  return 0;
}
