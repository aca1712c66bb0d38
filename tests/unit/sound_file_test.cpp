// Files of sound: what is read of them, and what is wrong with them.
#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "support/errors.h"
#include "support/sounds.h"
#include "tools/ingest/audio_canary.h"
#include "tools/ingest/sound_file.h"

using namespace dsprep;

namespace {

#include "tools/ingest/audio_canary_data.inc"

std::vector<std::byte> bytes_of(std::span<const unsigned char> data) {
  const auto bytes = std::as_bytes(data);
  return {bytes.begin(), bytes.end()};
}

// 16 bits: the first channel counts up, the others down.
std::vector<std::byte> wav(int frames, std::uint16_t channels = 2) {
  std::vector<std::int16_t> values;
  for (int i = 0; i < frames; ++i) {
    for (int c = 0; c < channels; ++c)
      values.push_back(static_cast<std::int16_t>(c == 0 ? 100 * i : -100 * i));
  }
  return test::wav<std::int16_t>(values, {.channels = channels});
}

std::vector<double> read_all(Bytes file, std::optional<std::uint32_t> channel = std::nullopt,
                             std::size_t most = 1000) {
  SoundFile sound(file, channel);
  check_sound_form(sound_form(file), file);
  std::vector<double> out;
  while (sound.read(out, most)) {
  }
  return out;
}

std::optional<ErrorCode> fault_of(Bytes file) {
  try {
    (void)read_all(file);
    return std::nullopt;
  } catch (const Error& error) {
    return error.code();
  }
}

}  // namespace

TEST_CASE("channels are mixed or chosen, and blocks do not matter") {
  const std::vector<std::byte> file = wav(50);
  for (const double value : read_all(file)) REQUIRE(value == 0);
  const std::vector<double> left = read_all(file, 0), right = read_all(file, 1);
  REQUIRE(left.size() == 50);
  CHECK(left[7] == 700 / 32768.0);
  CHECK(right[7] == -700 / 32768.0);
  CHECK(read_all(file, 0, 1) == left);
  CHECK(read_all(file, 0, 7) == left);
  CHECK(test::code_of([&] { (void)read_all(file, 2); }) == ErrorCode::kUnsupportedFormat);
}

TEST_CASE("a wav that is cut anywhere is refused") {
  const std::vector<std::byte> file = wav(20);
  CHECK(!fault_of(file));
  CHECK(fault_of({}) == ErrorCode::kEmptyFile);
  for (std::size_t size = 1; size < file.size(); ++size) {
    CAPTURE(size);
    const auto fault = fault_of(Bytes(file).first(size));
    REQUIRE(fault.has_value());
    if (size > 44) REQUIRE(fault == ErrorCode::kTruncated);
  }
}

TEST_CASE("sizes that a pipe leaves open are taken as unknown") {
  for (const std::uint32_t open : {0xFFFFFFFFU, 0x7FFFF000U}) {
    std::vector<std::byte> file = wav(20);
    std::memcpy(&file[40], &open, 4);
    CHECK(read_all(file, 0).size() == 20);
  }
  std::vector<std::byte> file = wav(20);
  const std::uint32_t lie = 81;
  std::memcpy(&file[40], &lie, 4);
  CHECK(fault_of(file) == ErrorCode::kTruncated);
}

TEST_CASE("an Ogg file with any changed bit, cut or missing page is refused") {
  const std::vector<std::byte> file = bytes_of(kOggCanary);
  CHECK(read_all(file).size() == 1200);
  for (std::size_t at = 0; at < file.size(); at += 3) {
    CAPTURE(at);
    std::vector<std::byte> changed = file;
    changed[at] ^= std::byte{0x10};
    REQUIRE(fault_of(changed).has_value());
    if (at != 0) REQUIRE(fault_of(Bytes(file).first(at)).has_value());
  }
}

TEST_CASE("changed bytes of any kind of file are read or refused, and nothing else") {
  for (const std::vector<std::byte>& file : {wav(30), bytes_of(kMp3Canary)}) {
    for (std::size_t at = 0; at < file.size(); ++at) {
      for (const unsigned value : {0x00U, 0x7FU, 0xFFU}) {
        std::vector<std::byte> changed = file;
        changed[at] = static_cast<std::byte>(value);
        (void)fault_of(changed);
      }
    }
  }
}

TEST_CASE("bytes tell the form, not names") {
  CHECK(sound_form(wav(1)) == SoundForm::kRiff);
  CHECK(sound_form(bytes_of(kOggCanary)) == SoundForm::kOgg);
  CHECK(sound_form(bytes_of(kMp3Canary)) == SoundForm::kMp3);
  CHECK(sound_form(as_bytes(std::string_view("GIF89a"))) == SoundForm::kNone);
  CHECK(sound_form({}) == SoundForm::kNone);
  CHECK(fault_of(as_bytes(std::string_view("no sound at all"))) == ErrorCode::kUnsupportedFormat);
}

TEST_CASE("the canary is the same twice") { CHECK(audio_canary() == audio_canary()); }
