// libFuzzer: any file is sound, whole or in blocks of any size the same, or an Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "dsprep/error.h"
#include "tools/ingest/sound_file.h"

namespace {

using namespace dsprep;

constexpr std::size_t kMostSamples = 1 << 18;  // a header may promise hours

// What is read of it before an Error, if there is one.
std::optional<std::vector<double>> samples_of(Bytes file, std::size_t block) {
  try {
    SoundFile sound(file, std::nullopt);
    check_sound_form(sound_form(file), file);
    std::vector<double> out;
    while (out.size() < kMostSamples && sound.read(out, block)) {
    }
    return out;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();
    return std::nullopt;
  }
}

}  // namespace

// libsndfile 1.2 forgets what libvorbis gave it where the headers of an Ogg are damaged.
extern "C" const char* __lsan_default_suppressions() { return "leak:libvorbis\n"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes file = std::as_bytes(std::span(data, size)).subspan(1);
  const auto whole = samples_of(file, 4096);
  const auto pieces = samples_of(file, 1 + data[0] * std::size_t{16});
  if (whole && pieces) {
    const std::size_t both = std::min(whole->size(), pieces->size());
    if (both != 0 && std::memcmp(whole->data(), pieces->data(), both * sizeof(double)) != 0)
      std::abort();
  }
  return 0;
}
