// make_sounds FOLDER: files of sound for tests/cli: class folders of good ones, and a folder of bad
// ones.
#include <sndfile.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::vector<double> tone(double seconds, int rate, int channels) {
  std::vector<double> samples;
  std::uint32_t noise = 1;
  for (int i = 0; i < static_cast<int>(seconds * rate); ++i) {
    noise = noise * 1664525 + 1013904223;
    const double time = i / static_cast<double>(rate);
    for (int c = 0; c < channels; ++c)
      samples.push_back(0.4 * std::sin(time * (2000 + 500 * c + 300 * time)) +
                        0.02 * (noise / 4294967296.0 - 0.5));
  }
  return samples;
}

void write(const fs::path& path, int format, const std::vector<double>& samples, int rate,
           int channels) {
  fs::create_directories(path.parent_path());
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = channels;
  info.format = format;
  SNDFILE* file = ::sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) {
    std::fprintf(stderr, "make_sounds: %s: %s\n", path.c_str(), ::sf_strerror(nullptr));
    std::exit(1);
  }
  const auto frames = static_cast<sf_count_t>(samples.size()) / channels;
  ::sf_writef_double(file, samples.data(), frames);
  ::sf_close(file);
}

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void spill(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

void make_good(const fs::path& folder) {
  write(folder / "cat/1.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, tone(1.0, 16000, 1), 16000, 1);
  write(folder / "cat/2.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, tone(1.0, 44100, 2), 44100, 2);
  write(folder / "cat/3.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, tone(0.3, 48000, 1), 48000, 1);
  write(folder / "dog/4.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, tone(1.5, 22050, 1), 22050, 1);
  write(folder / "dog/5.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, tone(2.0, 8000, 1), 8000, 1);
  write(folder / "dog/6.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, tone(30.0, 16000, 1), 16000, 1);
}

// What each of these is called, tests/cli/audio.sh lists with the class of its error.
void make_bad(const fs::path& good, const fs::path& folder) {
  const std::string wav = slurp(good / "cat/1.wav");
  const std::string flac = slurp(good / "cat/2.flac");
  const std::string ogg = slurp(good / "dog/4.ogg");
  const std::string aiff = slurp(good / "dog/5.aiff");
  const auto changed = [](std::string bytes, std::size_t at, const std::string& with) {
    return bytes.replace(at, with.size(), with);
  };
  spill(folder / "empty.wav", "");
  spill(folder / "text.wav", "this is no sound, whatever its name says");
  spill(folder / "head.wav", wav.substr(0, 30));
  spill(folder / "cut.wav", wav.substr(0, wav.size() / 2));
  spill(folder / "one_byte_less.wav", wav.substr(0, wav.size() - 1));
  spill(folder / "no_channels.wav", changed(wav, 22, std::string(2, '\0')));
  spill(folder / "rate_0.wav", changed(wav, 24, std::string(4, '\0')));
  spill(folder / "rate_huge.wav", changed(wav, 24, "\xFF\xFF\xFF\x7F"));
  spill(folder / "rate_1.wav", changed(wav, 24, std::string("\x01\0\0\0", 4)));
  spill(folder / "no_samples.wav", changed(wav.substr(0, 44), 40, std::string(4, '\0')));
  spill(folder / "huge_data.wav", changed(wav, 40, "\xFF\xFF\xFF\x6F"));
  spill(folder / "cut.flac", flac.substr(0, flac.size() / 2));
  spill(folder / "flipped.flac", changed(flac, flac.size() / 2, "\x55\xAA\x55\xAA"));
  spill(folder / "cut.ogg", ogg.substr(0, ogg.size() / 2));
  spill(folder / "flipped.ogg", changed(ogg, ogg.size() / 2, "\x55\xAA\x55\xAA"));
  const std::size_t last = ogg.rfind("OggS");
  spill(folder / "no_last_page.ogg", ogg.substr(0, last));
  spill(folder / "missing_page.ogg", ogg.substr(0, ogg.rfind("OggS", last - 1)) + ogg.substr(last));
  spill(folder / "cut.aiff", aiff.substr(0, aiff.size() - 2));
  std::vector<double> samples = tone(0.1, 16000, 1);
  const auto write_float = [&](const std::string& name, double value, int kind) {
    samples[777] = value;
    write(folder / name, SF_FORMAT_WAV | kind, samples, 16000, 1);
  };
  write_float("nan.wav", std::numeric_limits<double>::quiet_NaN(), SF_FORMAT_FLOAT);
  write_float("infinite.wav", std::numeric_limits<double>::infinity(), SF_FORMAT_FLOAT);
  write_float("loud.wav", 1e200, SF_FORMAT_DOUBLE);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_sounds FOLDER\n");
    return 2;
  }
  const fs::path folder = argv[1];
  make_good(folder / "good");
  make_bad(folder / "good", folder / "bad");
  return 0;
}
