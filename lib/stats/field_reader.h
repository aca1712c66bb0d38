// Reading one field of a split: its values as blocks of rows, or sample by sample, from several
// threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "dsprep/dataset.h"
#include "dsprep/error.h"
#include "formats/common/parallel.h"
#include "formats/common/wide.h"

namespace dsprep {

class FieldReader {
 public:
  /// `progress` is told samples done and their number, over `passes` passes.
  FieldReader(const Dataset& data, std::size_t field, unsigned jobs, unsigned passes,
              std::function<void(std::uint64_t, std::uint64_t)> progress);

  /// add(worker, bytes) for the elements of all samples, in blocks of whole rows of the last axis
  /// where the field has one.
  template <class Add>
  void blocks(Add add);
  /// Within add of blocks(), any thread: nobody needs the blocks that are not begun.
  void stop() noexcept { stopped_ = true; }
  /// add(worker, tensor) for each sample.
  template <class Add>
  void tensors(Add add);
  /// add(worker, elements) with the lengths of a run of samples, from the index alone.
  template <class Add>
  void lengths(Add add);

 private:
  static constexpr std::uint64_t kBlockBytes = 1 << 20;
  static constexpr std::uint64_t kMostSamples = 4096;        // that a thread takes at a time
  static constexpr std::uint64_t kStreamBytes = 256 << 10;   // stay in the second cache
  static constexpr std::uint64_t kMappedBytes = 12 << 10;    // are not copied by a reader
  static constexpr std::uint64_t kChecksumBytes = 64 << 10;  // a reader compares so many at once

  // The samples of one shard, cut into parts.
  struct Stretch {
    std::uint64_t index = 0;  // of the first sample
    std::uint64_t samples = 0;
    std::size_t shard = 0;
    std::optional<std::uint64_t> elements;  // where all values stand back to back
    std::uint64_t first_part = 0;           // of all stretches
    std::uint64_t parts = 0;
  };

  std::uint64_t chunk() const;
  std::uint64_t row_elements() const;
  std::uint64_t stream_chunk() const;
  const std::vector<Stretch>& stretches();
  template <class Add>
  void stream_part(const Stretch& stretch, std::uint64_t part, ReadBuffer& buffer, Add add);
  template <class Add>
  void sample_part(const Stretch& stretch, std::uint64_t part, ReadBuffer& buffer, Add add);
  void count(std::uint64_t samples);
  /// Runs read(); its error gets the place of the sample.
  template <class Read>
  void placed(std::uint64_t index, bool one_sample, Read read) const;

  const Dataset& data_;
  std::size_t field_;
  const Field& info_;
  unsigned jobs_;
  std::uint64_t total_;
  std::function<void(std::uint64_t, std::uint64_t)> progress_;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<bool> stopped_{false};
  std::vector<Stretch> stretches_;  // filled when blocks are first asked for
  bool compared_ = false;           // blocks were read before
};

inline FieldReader::FieldReader(const Dataset& data, std::size_t field, unsigned jobs,
                                unsigned passes,
                                std::function<void(std::uint64_t, std::uint64_t)> progress)
    : data_(data),
      field_(field),
      info_(data.schema().fields[field]),
      jobs_(jobs),
      total_(data.size() * passes),
      progress_(std::move(progress)) {}

inline std::uint64_t FieldReader::chunk() const {
  if (info_.ragged()) return 32;
  return std::clamp<std::uint64_t>(kBlockBytes / std::max<std::uint64_t>(1, info_.row_bytes()), 1,
                                   kMostSamples);
}

// Of a stream: nothing is cut within them.
inline std::uint64_t FieldReader::row_elements() const {
  const bool rows = !info_.ragged() && !info_.shape.empty() && info_.shape.back() > 0;
  return rows ? static_cast<std::uint64_t>(info_.shape.back()) : 1;
}

// Elements of a stream that are one part: whole rows and, where that is not much more, whole blocks
// of checksums, for a piece of one would be read twice.
inline std::uint64_t FieldReader::stream_chunk() const {
  const std::uint64_t item = dtype_size(info_.dtype), row = row_elements() * item;
  const std::uint64_t aligned = std::lcm(row, kChecksumBytes);
  const std::uint64_t unit = aligned <= kBlockBytes ? aligned : row;
  return std::max<std::uint64_t>(1, kStreamBytes / unit) * unit / item;
}

inline const std::vector<FieldReader::Stretch>& FieldReader::stretches() {
  std::vector<Stretch>& out = stretches_;
  if (!out.empty()) return out;
  std::uint64_t parts = 0;
  for (std::uint64_t index = 0; index < data_.size(); index += out.back().samples) {
    const std::size_t row = data_.locate(index).shard;
    const auto shard = data_.shard(row);
    Stretch next{.index = index,
                 .samples = shard->size(),
                 .shard = row,
                 .elements = shard->stream_elements(field_),
                 .first_part = parts,
                 .parts = 0};
    const std::uint64_t step = next.elements ? stream_chunk() : chunk();
    next.parts =
        std::max<std::uint64_t>(1, (next.elements.value_or(next.samples) + step - 1) / step);
    parts += next.parts;
    out.push_back(next);
  }
  return out;
}

inline void FieldReader::count(std::uint64_t samples) {
  const std::uint64_t sum = done_ += samples;
  if (progress_) progress_(sum, total_);
}

template <class Read>
void FieldReader::placed(std::uint64_t index, bool one_sample, Read read) const {
  try {
    read();
  } catch (const Error& error) {
    Where where = error.where();
    where.shard = data_.shard_name(index);
    where.field = info_.name;
    if (!one_sample) throw Error(error.code(), error.message(), where, error.remedy());
    where.sample = data_.locate(index).position;
    throw Error(error.code(),
                error.message() + " (sample " + std::to_string(index) + " of " + data_.split() +
                    ", key " + data_.key(index) + ")",
                where, error.remedy());
  }
}

template <class Add>
void FieldReader::stream_part(const Stretch& stretch, std::uint64_t part, ReadBuffer& buffer,
                              Add add) {
  const auto shard = data_.shard(stretch.shard);
  const std::uint64_t begin = part * stream_chunk();
  const std::uint64_t end = std::min(*stretch.elements, begin + stream_chunk());
  // Once its blocks are compared a stream comes from its mapping, in small pieces.
  const std::uint64_t small = kMappedBytes / dtype_size(info_.dtype) / row_elements();
  const std::uint64_t step = compared_ && small != 0 ? small * row_elements() : stream_chunk();
  placed(stretch.index, false, [&] {
    for (std::uint64_t at = begin; at < end; at += step)
      add(shard->stream(field_, at, std::min(step, end - at), buffer));
  });
  const auto samples_before = [&](std::uint64_t parts) {
    return static_cast<std::uint64_t>(Wide(stretch.samples) * parts / stretch.parts);
  };
  count(samples_before(part + 1) - samples_before(part));
}

template <class Add>
void FieldReader::sample_part(const Stretch& stretch, std::uint64_t part, ReadBuffer& buffer,
                              Add add) {
  const auto shard = data_.shard(stretch.shard);
  const std::uint64_t begin = part * chunk(), end = std::min(stretch.samples, begin + chunk());
  for (std::uint64_t i = begin; i < end; ++i)
    placed(stretch.index + i, true, [&] { add(shard->view(i, field_, buffer).bytes); });
  count(end - begin);
}

template <class Add>
void FieldReader::blocks(Add add) {
  std::vector<ReadBuffer> buffers(jobs_);
  const std::vector<Stretch>& all = stretches();
  const std::uint64_t parts = all.empty() ? 0 : all.back().first_part + all.back().parts;
  parallel_chunks(parts, 1, jobs_, [&](auto number, auto, unsigned worker) {
    if (stopped_) return;
    const Stretch& stretch =
        *std::prev(std::ranges::upper_bound(all, number, {}, &Stretch::first_part));
    const auto take = [&](Bytes bytes) { add(worker, bytes); };
    const std::uint64_t part = number - stretch.first_part;
    stretch.elements ? stream_part(stretch, part, buffers[worker], take)
                     : sample_part(stretch, part, buffers[worker], take);
  });
  compared_ = true;
}

template <class Add>
void FieldReader::tensors(Add add) {
  std::vector<SampleBuffer> buffers(jobs_);
  parallel_chunks(data_.size(), chunk(), jobs_, [&](auto begin, auto end, unsigned worker) {
    for (std::uint64_t index = begin; index < end; ++index)
      placed(index, true, [&] { add(worker, data_.field(index, field_, buffers[worker])); });
    count(end - begin);
  });
}

template <class Add>
void FieldReader::lengths(Add add) {
  std::vector<std::vector<std::uint64_t>> runs(jobs_);
  parallel_chunks(data_.size(), kMostSamples, jobs_, [&](auto begin, auto end, unsigned worker) {
    std::vector<std::uint64_t>& run = runs[worker];
    run.clear();
    for (std::uint64_t index = begin; index < end;) {
      const Place place = data_.locate(index);
      const auto shard = data_.shard(place.shard);
      const std::uint64_t now = std::min(end - index, shard->size() - place.position);
      for (std::uint64_t i = 0; i < now; ++i) {
        placed(index + i, true,
               [&] { run.push_back(shard->shape(place.position + i, field_).elements()); });
      }
      index += now;
    }
    add(worker, run);
  });
}

}  // namespace dsprep
