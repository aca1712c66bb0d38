#include "tools/ingest/sound_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dsprep/error.h"

namespace dsprep {
namespace {

constexpr std::uint32_t kMostRate = 10'000'000;
constexpr std::uint64_t kMostSamples = std::uint64_t{1} << 40;
constexpr double kLoudest = 0x1p64;

}  // namespace

// What libsndfile reads from: bytes, and a place in them.
struct SoundFile::Memory {
  explicit Memory(Bytes all) : bytes(all) {}
  ~Memory() {
    if (file != nullptr) ::sf_close(file);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  static Memory& of(void* user) { return *static_cast<Memory*>(user); }
  static sf_count_t length(void* user) { return static_cast<sf_count_t>(of(user).bytes.size()); }
  static sf_count_t tell(void* user) { return of(user).at; }
  static sf_count_t seek(sf_count_t offset, int whence, void* user) {
    Memory& memory = of(user);
    const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory.at : length(user);
    if (from + offset < 0) return -1;
    return memory.at = from + offset;
  }
  static sf_count_t take(void* out, sf_count_t count, void* user) {
    Memory& memory = of(user);
    const sf_count_t left = std::max<sf_count_t>(length(user) - memory.at, 0);
    const sf_count_t now = std::clamp<sf_count_t>(count, 0, left);
    if (now != 0) std::memcpy(out, memory.bytes.data() + memory.at, static_cast<std::size_t>(now));
    memory.at += now;
    return now;
  }

  Bytes bytes;
  sf_count_t at = 0;
  SNDFILE* file = nullptr;
};

SoundFile::SoundFile(Bytes file, std::optional<std::uint32_t> channel)
    : memory_(std::make_unique<Memory>(file)), channel_(channel) {
  if (file.empty()) throw Error(ErrorCode::kEmptyFile, "the file has 0 bytes");
  const SoundForm form = sound_form(file);
  if (form == SoundForm::kNone) {
    throw Error(ErrorCode::kUnsupportedFormat,
                "its first bytes are none of wav, flac, ogg, aiff, mp3, au, caf and w64");
  }
  SF_VIRTUAL_IO io{.get_filelen = Memory::length,
                   .seek = Memory::seek,
                   .read = Memory::take,
                   .write = nullptr,
                   .tell = Memory::tell};
  SF_INFO info{};
  memory_->file = ::sf_open_virtual(&io, SFM_READ, &info, memory_.get());
  const bool unknown = info.frames < 0 || info.frames > static_cast<sf_count_t>(kMostSamples);
  if (memory_->file == nullptr || unknown || info.frames == 0)
    check_sound_form(form, file);  // tells more
  // Why not, libsndfile says in a variable that all threads share.
  if (memory_->file == nullptr) {
    throw Error(ErrorCode::kCorrupt, "libsndfile cannot open it as " +
                                         std::string(sound_form_name(form)));
  }
  if (info.channels < 1 || info.samplerate < 1 || info.samplerate > static_cast<int>(kMostRate)) {
    throw Error(ErrorCode::kCorrupt, "the header says " + std::to_string(info.channels) +
                                         " channels at " + std::to_string(info.samplerate) + " Hz");
  }
  if (unknown)
    throw Error(ErrorCode::kUnsupportedFormat, "the header does not say how long it is");
  if (info.frames == 0) throw Error(ErrorCode::kEmptyFile, "it holds no sample of sound");
  rate_ = static_cast<std::uint32_t>(info.samplerate);
  channels_ = static_cast<std::uint32_t>(info.channels);
  size_ = static_cast<std::uint64_t>(info.frames);
  if (channel_ && *channel_ >= channels_) {
    throw Error(ErrorCode::kUnsupportedFormat, "it has " + std::to_string(channels_) +
                                                   " channels, and no number " +
                                                   std::to_string(*channel_));
  }
}

SoundFile::~SoundFile() = default;

double SoundFile::mixed(const double* frame) const noexcept {
  if (channel_) return frame[*channel_];
  double sum = 0;
  for (std::uint32_t c = 0; c < channels_; ++c) sum += frame[c];
  return channels_ == 1 ? sum : sum / channels_;
}

void SoundFile::check(double value) const {
  if (std::abs(value) <= kLoudest) return;  // false for NaN
  throw Error(ErrorCode::kCorrupt, "sample " + std::to_string(done_) + " is " +
                                       (std::isnan(value)   ? "not a number"
                                        : std::isinf(value) ? "infinite"
                                                            : "greater than 2^64"));
}

bool SoundFile::read(std::vector<double>& out, std::size_t most) {
  const std::size_t now = std::min<std::uint64_t>(most, size_ - done_);
  frames_.resize(now * channels_);
  const sf_count_t got =
      ::sf_readf_double(memory_->file, frames_.data(), static_cast<sf_count_t>(now));
  if (::sf_error(memory_->file) != SF_ERR_NO_ERROR)
    throw Error(ErrorCode::kCorrupt, "behind sample " + std::to_string(done_) + ": " +
                                         ::sf_strerror(memory_->file));
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max<sf_count_t>(got, 0)); ++i) {
    for (std::uint32_t c = 0; c < channels_; ++c) check(frames_[i * channels_ + c]);
    out.push_back(mixed(&frames_[i * channels_]));
    ++done_;
  }
  if (got < static_cast<sf_count_t>(now)) {
    throw Error(ErrorCode::kTruncated, "the header says " + std::to_string(size_) +
                                           " samples, and " + std::to_string(done_) + " are there");
  }
  return done_ < size_;
}

std::string sound_library() { return ::sf_version_string(); }

}  // namespace dsprep
