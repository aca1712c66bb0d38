#include "tools/ingest/sound_source.h"

#include <algorithm>
#include <string>
#include <utility>

namespace dsprep {
namespace {

constexpr std::size_t kBlock = 1 << 16;          // samples that are decoded at once
constexpr std::uint64_t kPartSamples = 1 << 18;  // of the signal and of the output of a part, about
constexpr std::uint64_t kMostSamples = 1 << 28;  // of one sample of a dataset

}  // namespace

SoundSource::SoundSource(InputBytes input, const SoundShape& shape, const FilterFor& filter_for)
    : InputSource(std::move(input)), shape_(shape) {
  open([&] {
    file_.emplace(this->input().bytes(), shape.channel);
    const auto filter = filter_for(file_->rate());
    if (filter && filter->changes()) resampler_.emplace(filter);
    total_ = resampler_ ? filter->output_size(file_->size()) : file_->size();
    cut();
  });
}

void SoundSource::cut() {
  const std::uint64_t items = shape_.mel != nullptr ? shape_.mel->frames(total_) : total_;
  const std::uint64_t hop = shape_.mel != nullptr ? shape_.mel->options().hop : 1;
  const std::uint64_t values = shape_.mel != nullptr ? shape_.mel->options().mels : 1;
  WindowOptions windows = shape_.windows;
  if (windows.length == 0) {
    if (total_ > kMostSamples || items > kMostSamples / values) {
      throw Error(ErrorCode::kTooLarge, "a sample of " + std::to_string(total_) +
                                            " values; cut it into windows");
    }
    windows.length = windows.stride = std::max<std::uint64_t>(items, 1);
  }
  if (items != 0) left_out_ = cut_windows(items, windows, windows_);
  windows_a_part_ = std::max<std::uint64_t>(
      std::min(kPartSamples / (windows.stride * hop), kPartSamples / (windows.length * values)), 1);
  parts = std::max<std::uint64_t>((windows_.size() + windows_a_part_ - 1) / windows_a_part_, 1);
}

bool SoundSource::read(std::uint64_t part, SoundBlock& block) {
  return in_turn(part, [&] {
    if (part == 0) {
      check_sound_form(sound_form(input().bytes()), input().bytes());
      if (shape_.twice && parts > 1) check_whole();
    }
    fill(part, block);
    if (part + 1 == parts) decode_to(total_);  // what no window holds may be damaged, too
  });
}

void SoundSource::check_whole() {
  SoundFile file(input().bytes(), shape_.channel);
  std::vector<double> some;
  while (file.read(some, kBlock)) some.clear();
  input().drop();
}

SampleRange SoundSource::samples_of(const TokenWindow& first, const TokenWindow& last) const {
  const std::uint64_t end = last.start + last.length;
  if (shape_.mel == nullptr) return {first.start, end};
  return shape_.mel->samples_of(first.start, end - first.start, total_);
}

// Appends to signal_ until it reaches `end`.
void SoundSource::decode_to(std::uint64_t end) {
  while (begin_ + signal_.size() < end) {
    decoded_.clear();
    std::vector<double>& out = resampler_ ? decoded_ : signal_;
    const bool more = file_->read(out, kBlock);
    if (resampler_) {
      resampler_->push(decoded_);
      if (!more) resampler_->finish();
      resampler_->pull(signal_);
    }
  }
  input().drop();
}

void SoundSource::fill(std::uint64_t part, SoundBlock& block) {
  const std::uint64_t first = part * windows_a_part_;
  const std::uint64_t end = std::min<std::uint64_t>(first + windows_a_part_, windows_.size());
  block.windows.assign(windows_.begin() + static_cast<std::ptrdiff_t>(first),
                       windows_.begin() + static_cast<std::ptrdiff_t>(end));
  block.samples.clear();
  if (first == end) return;
  const SampleRange range = samples_of(block.windows.front(), block.windows.back());
  // What stands before the windows is needed no more: they go forward.
  for (std::uint64_t gap = range.begin; begin_ < gap;) {
    decode_to(std::min(gap, begin_ + kBlock));
    const std::uint64_t drop = std::min<std::uint64_t>(gap - begin_, signal_.size());
    signal_.erase(signal_.begin(), signal_.begin() + static_cast<std::ptrdiff_t>(drop));
    begin_ += drop;
  }
  decode_to(range.end);
  const auto from = signal_.begin() + static_cast<std::ptrdiff_t>(range.begin - begin_);
  block.samples.assign(from, from + static_cast<std::ptrdiff_t>(range.end - range.begin));
  block.begin = range.begin;
}

}  // namespace dsprep
