// TokenJob: integers of any width to rows of one length, all of a batch. What one thread does of it
// is here, for processor and GPU alike; a job is plain data, its pointers are the device's.
#pragma once

#include <cstdint>

#include "lib/gpu/host_device.h"

namespace dsprep::cuda {

enum class TokenType : std::uint8_t { kUint8, kInt8, kUint16, kInt16, kUint32, kInt32, kInt64 };

struct TokenJob {
  const void* values;
  const std::int64_t* offsets;  // (rows + 1), of elements; null: rows of `stride` elements
  const std::uint8_t* made;     // (rows), 0: a bad sample, without elements; null: all are good
  void* ids;                    // (rows, length), int64 or int32
  void* targets;                // the same, or null
  std::int64_t* lengths;        // (rows), or null
  std::uint8_t* mask;           // (rows, length), or null
  std::int64_t pad;
  std::uint64_t rows, length;
  std::uint64_t stride;
  TokenType from;
  bool wide;   // int64, else int32
  bool shift;  // rows of length + 1 elements, targets from all of them
};

constexpr std::int64_t kNoTarget = -100;
/// Columns that a thread makes: 16 bytes of ids.
template <class To>
constexpr unsigned kTokenRun = 16 / sizeof(To);

/// Columns [column, column + kTokenRun) of a row, as far as they are there.
template <class From, class To>
DSPREP_HD void token_run(const TokenJob& job, std::uint64_t row, std::uint64_t column) {
  constexpr unsigned kN = kTokenRun<To>;
  const std::uint64_t begin =
      job.offsets != nullptr ? static_cast<std::uint64_t>(job.offsets[row]) : row * job.stride;
  std::uint64_t used = job.offsets != nullptr
                           ? static_cast<std::uint64_t>(job.offsets[row + 1]) - begin
                           : job.stride;
  if (job.made != nullptr && job.made[row] == 0) used = 0;
  if (column == 0 && job.lengths != nullptr) job.lengths[row] = static_cast<std::int64_t>(used);
  if (column >= job.length) return;
  const From* from = static_cast<const From*>(job.values) + begin;
  Words<To, kN, 16> ids, targets;
  Words<std::uint8_t, kN, kN> mask;
  for (unsigned i = 0; i < kN; ++i) {
    const std::uint64_t at = column + i;
    // A bad window keeps its zeros, as on the host: it has no padding.
    const bool here = at < used || (job.shift && at < job.stride);
    const bool next =
        job.targets != nullptr && (at + 1 < used || (job.shift && at + 1 < job.stride));
    ids.v[i] = static_cast<To>(here ? static_cast<std::int64_t>(from[at]) : job.pad);
    targets.v[i] = static_cast<To>(next ? static_cast<std::int64_t>(from[at + 1]) : kNoTarget);
    mask.v[i] = at < used ? 1 : 0;
  }
  const std::uint64_t place = row * job.length + column;
  To* to = static_cast<To*>(job.ids) + place;
  To* shifted = job.targets != nullptr ? static_cast<To*>(job.targets) + place : nullptr;
  if (job.length % kN == 0) {  // then every run begins at a multiple of 16 bytes
    *reinterpret_cast<Words<To, kN, 16>*>(to) = ids;
    if (shifted != nullptr) *reinterpret_cast<Words<To, kN, 16>*>(shifted) = targets;
    if (job.mask != nullptr)
      *reinterpret_cast<Words<std::uint8_t, kN, kN>*>(job.mask + place) = mask;
    return;
  }
  for (unsigned i = 0; i < kN && column + i < job.length; ++i) {
    to[i] = ids.v[i];
    if (shifted != nullptr) shifted[i] = targets.v[i];
    if (job.mask != nullptr) job.mask[place + i] = mask.v[i];
  }
}

}  // namespace dsprep::cuda
