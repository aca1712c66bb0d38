// Reading one field of a split: its values as blocks of rows, or sample by sample, from several
// threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>

#include "dsprep/dataset.h"
#include "dsprep/error.h"
#include "formats/common/parallel.h"

namespace dsprep {

class FieldReader {
 public:
  /// `progress` is told samples done and their number, over `passes` passes.
  FieldReader(const Dataset& data, std::size_t field, unsigned jobs, unsigned passes,
              std::function<void(std::uint64_t, std::uint64_t)> progress);

  /// add(worker, bytes) for the elements of all samples, in blocks of whole samples.
  template <class Add>
  void blocks(Add add);
  /// add(worker, tensor) for each sample.
  template <class Add>
  void tensors(Add add);
  /// add(worker, elements) with the lengths of a run of samples, from the index alone.
  template <class Add>
  void lengths(Add add);

 private:
  static constexpr std::uint64_t kBlockBytes = 1 << 20;
  static constexpr std::uint64_t kMostSamples = 4096;  // that a thread takes at a time

  std::uint64_t chunk() const;
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
void FieldReader::blocks(Add add) {
  std::vector<ReadBuffer> buffers(jobs_);
  const std::size_t item = dtype_size(info_.dtype);
  parallel_chunks(data_.size(), chunk(), jobs_, [&](auto begin, auto end, unsigned worker) {
    for (std::uint64_t index = begin; index < end;) {
      const Place place = data_.locate(index);
      const auto shard = data_.shard(place.shard);
      const std::uint64_t now = std::min(end - index, shard->size() - place.position);
      if (!info_.ragged() && shard->stream_elements(field_)) {
        const std::uint64_t row = info_.row_bytes() / item;
        placed(index, false, [&] {
          add(worker, shard->stream(field_, place.position * row, now * row, buffers[worker]));
        });
      } else {
        for (std::uint64_t i = 0; i < now; ++i) {
          placed(index + i, true, [&] {
            add(worker, shard->view(place.position + i, field_, buffers[worker]).bytes);
          });
        }
      }
      index += now;
    }
    count(end - begin);
  });
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
