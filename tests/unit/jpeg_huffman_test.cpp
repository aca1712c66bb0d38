// Our Huffman decoder against libjpeg's own, of good and of damaged pictures: pixels, lost pixels,
// errors.
#include <doctest/doctest.h>

#include "lib/image/jpeg_reader.h"
#include "tests/support/pictures.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

struct Outcome {
  std::vector<std::uint8_t> pixels;
  std::uint32_t losses = 0;
  std::string error;  // its class, and nothing else
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// libjpeg from end to end, at `eighths` of the size; skips the first `skipped` rows.
Outcome plain(Bytes bytes, bool lenient, unsigned eighths, std::uint32_t skipped) {
  JpegErrors errors;
  errors.lenient = lenient;
  jpeg_decompress_struct jpeg{};
  jpeg.err = &errors.manager;
  Outcome out;
  std::vector<std::uint8_t>* const pixels = &out.pixels;
  jpeg_decompress_struct* const reader = &jpeg;
  try {
    guard_jpeg(errors, [bytes, reader, pixels, eighths, skipped] {
      jpeg_create_decompress(reader);
      jpeg_mem_src(reader, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
      jpeg_read_header(reader, TRUE);
      reader->out_color_space = JCS_RGB;
      reader->scale_num = eighths;
      reader->scale_denom = 8;
      jpeg_start_decompress(reader);
      const std::size_t row_bytes = std::size_t{reader->output_width} * 3;
      pixels->assign(row_bytes * reader->output_height, 0);
      if (skipped != 0) jpeg_skip_scanlines(reader, skipped);
      while (reader->output_scanline < reader->output_height) {
        JSAMPROW row = pixels->data() + row_bytes * reader->output_scanline;
        jpeg_read_scanlines(reader, &row, 1);
      }
      jpeg_finish_decompress(reader);
    });
  } catch (const Error& error) {
    out = {.pixels = {}, .losses = 0, .error = std::string(error_class_name(error.code()))};
  }
  jpeg_destroy_decompress(&jpeg);
  if (out.error.empty()) out.losses = errors.losses;
  return out;
}

Outcome ours(Bytes bytes, bool lenient, unsigned eighths, std::uint32_t skipped) {
  Outcome out;
  try {
    JpegReader reader(bytes, {.limits = {.lenient = lenient}});
    reader.start(eighths);
    const std::size_t row_bytes = std::size_t{reader.width()} * 3;
    out.pixels.assign(row_bytes * reader.height(), 0);
    reader.skip(skipped);
    reader.read(out.pixels.data() + row_bytes * skipped, row_bytes, reader.height() - skipped);
    reader.finish();
    out.losses = reader.faults().losses;
  } catch (const Error& error) {
    out = {.pixels = {}, .losses = 0, .error = std::string(error_class_name(error.code()))};
  }
  return out;
}

// Where libjpeg is in a hurry (far from the end, no restart markers) it takes a code that stands
// for nothing as 0 without a word; ours is a loss there, the first one an error.
void check_same(Bytes bytes) {
  const Outcome expected = plain(bytes, true, 8, 0);
  const Outcome got = ours(bytes, true, 8, 0);
  CHECK(got.pixels == expected.pixels);
  CHECK(got.losses >= expected.losses);
  CHECK(got.error == expected.error);
  const Outcome strict = ours(bytes, false, 8, 0);
  if (got.losses == expected.losses) {
    CHECK(strict.error == plain(bytes, false, 8, 0).error);
  } else {
    CHECK(strict.error == "corrupt");
  }
  CHECK(strict.pixels == (got.losses == 0 ? got.pixels : std::vector<std::uint8_t>()));
}

const JpegSpec kKinds[] = {
    {.h = 1, .v = 1},
    {.h = 2, .v = 2},
    {.h = 2, .v = 1, .restart = 1},
    {.h = 2, .v = 2, .restart = 3},
    {.h = 1, .v = 2, .restart = 7, .quality = 60},
    {.h = 4, .v = 1, .quality = 100},
    {.h = 1, .v = 1, .quality = 100, .optimize = true},
    {.h = 2, .v = 2, .quality = 5},
    {.h = 2, .v = 2, .optimize = true},
    {.stored = JCS_RGB, .h = 1, .v = 1},
};

std::size_t scan_begin(const std::vector<std::byte>& jpeg) {
  for (std::size_t i = 0; i + 1 < jpeg.size(); ++i) {
    if (jpeg[i] == std::byte{0xff} && jpeg[i + 1] == std::byte{0xda}) return i + 14;
  }
  return 0;
}

}  // namespace

TEST_CASE("pictures of every sampling, quality and restart interval come out as libjpeg's") {
  for (const JpegSpec& spec : kKinds) {
    CAPTURE(spec.h);
    CAPTURE(spec.v);
    CAPTURE(spec.restart);
    CAPTURE(spec.quality);
    for (const Image& image :
         {noise(97, 61, 3), quadrants(), noise(1, 1, 3), noise(16, 16, 3, 7)}) {
      const std::vector<std::byte> jpeg = jpeg_of(image, spec);
      check_same(jpeg);
      for (const unsigned eighths : {1U, 2U, 4U}) {
        CHECK(ours(jpeg, false, eighths, 0) == plain(jpeg, false, eighths, 0));
      }
      if (image.height > 40) CHECK(ours(jpeg, false, 8, 35) == plain(jpeg, false, 8, 35));
    }
  }
}

TEST_CASE("gray pictures come out as libjpeg's") {
  const std::vector<std::byte> jpeg = jpeg_of(noise(97, 61, 1));
  check_same(jpeg);
}

TEST_CASE("damaged data lose the same pixels and give the same errors as libjpeg's") {
  std::uint32_t random = 1;
  const auto draw = [&random](std::size_t below) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % below;
  };
  for (const JpegSpec& spec : kKinds) {
    CAPTURE(spec.h);
    CAPTURE(spec.restart);
    CAPTURE(spec.quality);
    const std::vector<std::byte> good = jpeg_of(noise(83, 49, 3), spec);
    const std::size_t begin = scan_begin(good);
    REQUIRE(begin != 0);
    for (int i = 0; i < 120; ++i) {
      CAPTURE(i);
      std::vector<std::byte> bad = good;
      const std::size_t at = begin + draw(good.size() - begin - 2);
      switch (i % 4) {
        case 0:  // a byte that is another one, now and then 0xff
          bad[at] = std::byte(i % 8 == 0 ? 0xff : draw(256));
          break;
        case 1:  // a hole
          bad.erase(bad.begin() + static_cast<std::ptrdiff_t>(at),
                    bad.begin() +
                        static_cast<std::ptrdiff_t>(std::min(at + 1 + draw(40), good.size() - 2)));
          break;
        case 2:  // an end that comes early, with or without its marker
          bad.resize(at);
          if (i % 8 == 2) bad.insert(bad.end(), {std::byte{0xff}, std::byte{0xd9}});
          break;
        default:  // zeros
          std::fill_n(bad.begin() + static_cast<std::ptrdiff_t>(at),
                      std::min<std::size_t>(30, good.size() - 2 - at), std::byte{0});
      }
      check_same(bad);
    }
  }
}

// Here libjpeg differs from itself: in a hurry it takes the second 0xff for a marker, decodes zeros
// in its place, begins the MCU again with care, and leaves what the zeros became in the blocks.
TEST_CASE("0xff that is said twice before 0 changes nothing") {
  for (const JpegSpec& spec : kKinds) {
    CAPTURE(spec.h);
    CAPTURE(spec.quality);
    const std::vector<std::byte> good = jpeg_of(noise(83, 49, 3), spec);
    std::vector<std::byte> twice;
    std::size_t inserted = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
      const bool stuffed = i >= scan_begin(good) && i + 1 < good.size() &&
                           good[i] == std::byte{0xff} && good[i + 1] == std::byte{0};
      if (stuffed) twice.push_back(good[i]), ++inserted;
      twice.push_back(good[i]);
    }
    CHECK((inserted != 0 || spec.quality == 5));
    CHECK(ours(twice, false, 8, 0) == ours(good, false, 8, 0));
  }
}
