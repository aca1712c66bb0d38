// Sound: waveforms or log-mel spectrograms, of whole files or cut into windows.
#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "tools/ingest/audio_canary.h"
#include "tools/ingest/audio_options.h"
#include "tools/ingest/input_opener.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/sound_source.h"

namespace dsprep {
namespace {

// Filters by the rate of the files: making one takes longer than many a file.
class FilterShelf {
 public:
  explicit FilterShelf(std::uint32_t rate) : rate_(rate) {}

  std::shared_ptr<const ResampleFilter> for_rate(std::uint32_t from) const {
    if (rate_ == 0) return nullptr;
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const ResampleFilter>& filter = filters_[from];
    if (!filter) filter = std::make_shared<const ResampleFilter>(from, rate_);
    return filter;
  }

 private:
  std::uint32_t rate_;
  mutable std::mutex mutex_;
  mutable std::map<std::uint32_t, std::shared_ptr<const ResampleFilter>> filters_;
};

class AudioKind final : public Kind {
 public:
  explicit AudioKind(const BuildOptions& options)
      : options_(options.audio), filters_(options.audio.rate), skip_errors_(options.skip_errors) {
    if (options_.mel) mel_.emplace(*options_.mel);
    shape_ = {.channel = options_.channel,
              .windows = options_.windows,
              .mel = mel_ ? &*mel_ : nullptr,
              .twice = skip_errors_};
  }

  std::string options() const override { return audio_options_json(options_); }
  std::string canary() const override { return audio_canary(); }
  bool cuts_files() const noexcept override { return false; }
  SurveyNeed survey_need(const Plan&) const override { return SurveyNeed::kNothing; }
  void survey(const Plan&, const Piece&, SurveyCounts&, std::vector<Segment>&) const override {}
  OpenParts open_parts(const Plan& plan) const override;
  void complete(Plan& plan, const SurveyCounts&) const override;
  void prepare(const Plan& plan, unsigned jobs) override {
    labels_ = plan.schema.find("label").has_value();
    threads_ = std::vector<Scratch>(jobs);
  }
  void transform(const Plan& plan, const Piece& piece, Batch& batch,
                 unsigned thread) const override;

 private:
  struct Scratch {
    SoundBlock block;
    LogMel::Workspace mel;
  };

  bool pads() const noexcept {
    return options_.windows.length != 0 && options_.windows.tail == Tail::kPad;
  }
  FieldValue waveform(const SoundBlock& block, const TokenWindow& window, Batch& batch) const;
  FieldValue spectrogram(const SoundSource& source, const TokenWindow& window, Scratch& scratch,
                         Batch& batch) const;
  void add_window(const Entry& entry, const SoundSource& source, const TokenWindow& window,
                  Scratch& scratch, Batch& batch) const;

  AudioOptions options_;
  FilterShelf filters_;
  bool skip_errors_;
  bool labels_ = false;
  std::optional<LogMel> mel_;
  SoundShape shape_;
  mutable std::vector<Scratch> threads_;
};

OpenParts AudioKind::open_parts(const Plan& plan) const {
  return [this, opener = InputOpener(plan)](const Entry& entry) mutable -> std::shared_ptr<PartSource> {
    try {
      return std::make_shared<SoundSource>(
          opener.open(entry), shape_,
          [this](std::uint32_t rate) { return filters_.for_rate(rate); });
    } catch (const Error&) {
      return std::make_shared<SoundSource>(std::current_exception());
    }
  };
}

void AudioKind::complete(Plan& plan, const SurveyCounts&) const {
  const Tail tail = options_.windows.tail;
  const bool fixed = options_.windows.length != 0 && (tail == Tail::kDrop || tail == Tail::kPad);
  const std::int64_t length = fixed ? static_cast<std::int64_t>(options_.windows.length) : -1;
  plan.schema.fields.clear();
  if (mel_) {
    plan.schema.fields.push_back(
        {"mel", DType::kFloat32, {length, mel_->options().mels}, Encoding::kArray});
  } else {
    plan.schema.fields.push_back({"waveform", options_.dtype, {length}, Encoding::kArray});
  }
  if (has_entry_labels(plan)) plan.schema.fields.push_back(label_field());
  if (pads()) plan.schema.fields.push_back({"length", DType::kUint32, {}, Encoding::kArray});
  plan.schema.fields.push_back({"start", DType::kInt64, {}, Encoding::kArray});
  plan.schema.fields.push_back({"rate", DType::kUint32, {}, Encoding::kArray});
  plan.schema.fields.push_back({"source_rate", DType::kUint32, {}, Encoding::kArray});
}

// Padded with silence, as the spectrogram is with what silence becomes.
FieldValue AudioKind::waveform(const SoundBlock& block, const TokenWindow& window,
                               Batch& batch) const {
  const double* const in = block.samples.data() + (window.start - block.begin);
  const std::uint64_t length = pads() ? options_.windows.length : window.length;
  const auto fill = [&]<class T>(auto convert) {
    const std::span<std::byte> bytes = batch.arena.allocate(length * sizeof(T));
    T* const out = reinterpret_cast<T*>(bytes.data());
    for (std::uint64_t i = 0; i < length; ++i) out[i] = convert(i < window.length ? in[i] : 0.0);
    return FieldValue{.bytes = bytes, .shape = Shape{length}};
  };
  if (options_.dtype == DType::kFloat32)
    return fill.template operator()<float>([](double x) { return static_cast<float>(x); });
  return fill.template operator()<std::int16_t>([&](double x) {
    const double value = std::nearbyint(x * 32768.0);  // halves to the even one
    batch.left_out.clipped += value < -32768.0 || value > 32767.0;
    return static_cast<std::int16_t>(std::clamp(value, -32768.0, 32767.0));
  });
}

FieldValue AudioKind::spectrogram(const SoundSource& source, const TokenWindow& window,
                                  Scratch& scratch, Batch& batch) const {
  const std::uint64_t mels = mel_->options().mels;
  const std::uint64_t rows = pads() ? options_.windows.length : window.length;
  const std::span<std::byte> bytes = batch.arena.allocate(rows * mels * sizeof(float));
  auto* const out = reinterpret_cast<float*>(bytes.data());
  const SignalPart part{.samples = scratch.block.samples,
                        .begin = scratch.block.begin,
                        .total = source.total()};
  mel_->compute(part, window.start, window.length, out, scratch.mel);
  std::fill(out + window.length * mels, out + rows * mels, mel_->silence());
  return {.bytes = bytes, .shape = Shape{rows, mels}};
}

void AudioKind::add_window(const Entry& entry, const SoundSource& source,
                           const TokenWindow& window, Scratch& scratch, Batch& batch) const {
  FieldValue value =
      mel_ ? spectrogram(source, window, scratch, batch) : waveform(scratch.block, window, batch);
  value.hash = xxh3_128(value.bytes);
  batch.values.push_back(value);
  const auto add_scalar = [&batch](const auto& number) {
    batch.values.push_back(
        {batch.arena.copy(std::as_bytes(std::span(&number, 1))), Shape{}});
  };
  if (labels_) add_scalar(entry.label);
  if (pads()) add_scalar(static_cast<std::uint32_t>(window.length));
  const std::uint64_t start = window.start * (mel_ ? mel_->options().hop : 1);
  add_scalar(static_cast<std::int64_t>(start));
  add_scalar(options_.rate != 0 ? options_.rate : source.rate());
  add_scalar(source.rate());
  const bool cut = options_.windows.length != 0;
  const std::string key = cut ? entry.key + "@" + std::to_string(start) : entry.key;
  const Bytes kept = batch.arena.copy(as_bytes(key));
  batch.samples.push_back({.key = {reinterpret_cast<const char*>(kept.data()), kept.size()},
                           .segment = static_cast<std::uint32_t>(batch.segments.size() - 1),
                           .split = entry.split,
                           .ambiguous_stem = !cut && entry.ambiguous_stem,
                           .source = source.hash()});
}

void AudioKind::transform(const Plan& plan, const Piece& piece, Batch& batch,
                          unsigned thread) const {
  const Entry& entry = plan.entries[piece.first_entry];
  auto& source = static_cast<SoundSource&>(*piece.source);
  batch.segments.push_back({.entry = piece.first_entry, .end = entry.bytes});
  if (piece.turn == 0) note_source(entry, source, batch);
  try {
    Scratch& scratch = threads_[thread];
    if (!source.read(piece.turn, scratch.block)) return;
    for (const TokenWindow& window : scratch.block.windows)
      add_window(entry, source, window, scratch, batch);
    if (piece.turn != 0) return;
    (mel_ ? batch.left_out.frames : batch.left_out.sound) += source.left_out();
    if (scratch.block.windows.empty()) ++batch.left_out.soundless;
  } catch (const Error& error) {
    reject_or_throw(error, plan, entry, skip_errors_, batch);
  }
}

}  // namespace

std::unique_ptr<Kind> make_audio_kind(const BuildOptions& options) {
  return std::make_unique<AudioKind>(options);
}

}  // namespace dsprep
