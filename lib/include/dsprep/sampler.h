// Sampler: in which order an epoch delivers the samples. A pure function of its options and the
// epoch, so that threads, ranks and restarts change nothing. lib/data/ORDER.md has the
// constructions with their proofs. Samplers are immutable: any number of threads. Factories throw
// kUsage that names the option at fault.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dsprep {

/// The order of one epoch. One thread at a time (windowed orders remember the last window).
class EpochOrder {
 public:
  virtual ~EpochOrder() = default;
  /// Appends the sample at `position` to `out`; with packing, the samples that share this row.
  /// Requires: position < Sampler::rows().
  virtual void append(std::uint64_t position, std::vector<std::uint64_t>& out) = 0;
  /// out[i]: the one sample of the row at positions[i]. False where rows may have several, or where
  /// append() is all there is; `out` is anything then.
  virtual bool samples(std::span<const std::uint64_t> positions, std::span<std::uint64_t> out) {
    (void)positions, (void)out;
    return false;
  }
};

class Sampler {
 public:
  virtual ~Sampler() = default;
  /// Positions in every epoch: rows of all batches of all ranks.
  virtual std::uint64_t rows() const noexcept = 0;
  /// Samples that the order chooses from: what it says is below this.
  virtual std::uint64_t samples() const noexcept = 0;
  /// Kind and options as canonical JSON of at most 400 bytes; long ones by their hash. A checkpoint
  /// continues only under the same text.
  virtual std::string describe() const = 0;
  virtual std::unique_ptr<EpochOrder> epoch(std::uint64_t epoch) const = 0;
};

using SamplerPtr = std::shared_ptr<const Sampler>;

/// 0, 1, 2, …: no memory, seek O(1).
SamplerPtr sequential(std::uint64_t samples);

/// A permutation of all samples. Up to 65,536 a table (4 bytes a sample, Fisher–Yates), above it no
/// memory (8-round Feistel network with cycle walking); seek O(1), 50 ns an index at most.
SamplerPtr shuffled(std::uint64_t samples, std::uint64_t seed);

/// Only these samples, shuffled or as they stand: 8 bytes each; seek O(1). A sample may stand
/// twice.
SamplerPtr subset(std::vector<std::uint64_t> chosen, std::uint64_t samples, bool shuffle,
                  std::uint64_t seed);

/// For slow storage: permutes the shards, takes `window` of them at a time (or a little fewer, so
/// that all windows have alike numbers) and permutes the samples inside the window. Share of pairs
/// of the same shard in a window: about 1 / window. 16 bytes a shard; seek O(log shards).
SamplerPtr block_shuffled(std::vector<std::uint64_t> shard_samples, std::uint64_t window,
                          std::uint64_t seed);

/// Independent draws, with replacement, each in proportion to its weight (alias table of integers:
/// the probabilities are exact to 2^-32 of the mean weight). 12 bytes a sample; seek O(1).
/// `draws` rows an epoch, 0: as many as there are weights.
SamplerPtr weighted(std::span<const double> weights, std::uint64_t draws, std::uint64_t seed);

/// Independent draws of a class in proportion to its weight, then of one of its samples: an alias
/// table over the classes and a list of each class, 8 bytes a sample; seek O(1). Samples of a
/// negative label, or of one without a weight, are never drawn.
SamplerPtr weighted_classes(std::span<const std::int64_t> labels, std::span<const double> weights,
                            std::uint64_t draws, std::uint64_t seed);
/// The same weight for every class that occurs: against class imbalance, in one call. labels() of
/// columns.h finds the labels.
SamplerPtr balanced(std::span<const std::int64_t> labels, std::uint64_t draws, std::uint64_t seed);

/// Without replacement: each draw in proportion to the weights of what is left (the law that
/// sorting by exponential keys has, here by a tree of integer sums). Weight 0 is never drawn. 20
/// bytes a sample; O(draws · log samples) at the begin of an epoch and at a seek. At most 2^26
/// samples.
SamplerPtr weighted_once(std::span<const double> weights, std::uint64_t draws, std::uint64_t seed);

struct MixtureOptions {
  std::vector<double> weights = {};  ///< share of each part; empty: by their sizes
  std::uint64_t cycle = 1024;        ///< slots; a share is a multiple of 1 / cycle
  std::uint64_t rows = 0;            ///< of an epoch; 0: as many as there are samples in all parts
};
/// Several datasets, one behind the other in the index (see concatenate() in source.h), in a fixed
/// cycle of slots with largest-remainder quotas. Each part is permuted; a part that is used up
/// begins anew in another order. Memory: 8 bytes a slot (and as shuffled() for each part); seek
/// O(1).
SamplerPtr mixture(std::vector<std::uint64_t> part_samples, MixtureOptions options,
                   std::uint64_t seed);

struct BucketOptions {
  std::uint64_t batch = 0;     ///< rows of one bucket: the global batch (batch size × world)
  std::uint64_t window = 100;  ///< buckets sorted together
};
/// Samples of like length in one batch: a permutation, cut into windows; inside a window sorted by
/// length, cut into buckets, the buckets permuted. 4 bytes a sample, below 2^32 samples; a seek
/// recomputes one window. lengths() of columns.h finds the lengths.
SamplerPtr bucketed(std::vector<std::uint32_t> lengths, BucketOptions options, std::uint64_t seed);

struct PackOptions {
  std::uint32_t row = 0;        ///< elements of a row; longer samples are an error
  std::uint32_t window = 1024;  ///< samples packed together
};
/// Several samples in one row, by best fit inside windows of samples. Which samples share a row is
/// a function of the seed alone, the order of windows and of rows in them of seed and epoch: so the
/// number of rows is the same in every epoch. 4 bytes a sample and 8 a window, plus 8 a window in
/// an epoch; one pass over the lengths when it is made (about 0.1 µs a sample); a seek repacks one
/// window.
SamplerPtr packed(std::vector<std::uint32_t> lengths, PackOptions options, std::uint64_t seed);

}  // namespace dsprep
