// make_pictures FOLDER COUNT: writes COUNT small pictures FOLDER/{train,val,test}/CLASS/NNNN.jpg
// (every fifth a .png), the same every time: eight of ten are train, one is val, one is test, in
// three classes.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "dsprep/image.h"

namespace {

dsprep::Image picture(std::uint32_t number) {
  dsprep::Image image;
  image.reshape(24 + number % 17, 20 + number % 11, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<std::uint8_t>((i * 7 + number * 31 + (i * i) / 64) & 0xFF);
  }
  return image;
}

void write_picture(const std::filesystem::path& folder, std::uint32_t number) {
  static constexpr const char* kClasses[] = {"bird", "cat", "dog"};
  const char* split = number % 10 == 8 ? "val" : number % 10 == 9 ? "test" : "train";
  const bool png = number % 5 == 0;
  std::vector<std::byte> bytes;
  if (png) {
    dsprep::encode_png(picture(number), bytes);
  } else {
    dsprep::encode_jpeg(picture(number), {.quality = 80}, bytes);
  }
  char name[32];
  std::snprintf(name, sizeof name, "%04u.%s", number, png ? "png" : "jpg");
  const auto path = folder / split / kClasses[(number / 10) % 3];
  std::filesystem::create_directories(path);
  std::ofstream out(path / name, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + (path / name).string());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return std::fprintf(stderr, "usage: make_pictures FOLDER COUNT\n"), 2;
  const auto count = static_cast<std::uint32_t>(std::atoi(argv[2]));
  for (std::uint32_t number = 0; number < count; ++number) write_picture(argv[1], number);
} catch (const std::exception& error) {
  std::fprintf(stderr, "make_pictures: %s\n", error.what());
  return 1;
}
