// Collate: how the samples of a batch stand in its memory. In two steps, so that samples are
// decoded straight into their place: a layout from shapes alone, then each sample by itself. A
// collate is immutable and shared by all threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/sample.h"
#include "dsprep/schema.h"

namespace dsprep {

/// What is known of a batch before it is read. Rows differ from samples only under packing.
class BatchShapes {
 public:
  std::span<const Field> fields() const noexcept { return fields_; }
  std::size_t samples() const noexcept { return rows_.size(); }
  std::size_t rows() const noexcept { return row_count_; }
  /// Which row the sampler puts the sample into; rises from 0.
  std::size_t row(std::size_t sample) const noexcept { return rows_[sample]; }
  const Shape& shape(std::size_t sample, std::size_t field) const noexcept {
    return shapes_[field * stride_ + (fixed_[field] ? 0 : sample)];
  }

 private:
  friend class Pipeline;
  std::span<const Field> fields_;
  std::vector<std::uint32_t> rows_;
  std::vector<Shape> shapes_;  // by field; those of a fixed field at its first place alone
  std::size_t stride_ = 1;     // places a field
  std::span<const char> fixed_;
  std::size_t row_count_ = 0;
};

/// The tensors of a batch, and where each sample's fields go in them. Reused from batch to batch.
class BatchLayout {
 public:
  /// Adds a tensor called name + suffix and gives its number, from 0. Without a name it is scratch
  /// and stays out of the batch. Its memory is at a multiple of 64 bytes.
  std::size_t add(std::string_view name, DType dtype, const Shape& shape,
                  std::string_view suffix = {});
  /// The field's elements of this sample stand in `tensor` from `element` on. An integer field may
  /// go to a wider integer tensor; else the dtypes must agree.
  void place(std::size_t sample, std::size_t field, std::size_t tensor, std::uint64_t element) {
    targets_[sample * fields_ + field] = {static_cast<std::uint32_t>(tensor), element};
  }
  /// Where the sample stands among the samples: as they come, or where move() has put it.
  std::size_t row(std::size_t sample) const noexcept { return rows_[sample]; }
  std::size_t sample_at(std::size_t row) const noexcept { return samples_[row]; }
  void move(std::size_t sample, std::size_t row) noexcept {
    rows_[sample] = static_cast<std::uint32_t>(row);
    samples_[row] = static_cast<std::uint32_t>(sample);
  }
  /// A number that layout() finds, for begin() and finish() of the same batch.
  void remember(std::size_t number) noexcept { remembered_ = number; }
  std::size_t remembered() const noexcept { return remembered_; }
  /// Memory for sorting, kept from batch to batch.
  std::vector<std::uint64_t>& scratch() noexcept { return scratch_; }

 private:
  friend class Pipeline;
  struct Entry {
    std::string name;
    DType dtype = DType::kUint8;
    Shape shape;
    std::uint64_t offset = 0, bytes = 0;
  };
  struct Target {
    std::uint32_t tensor = ~std::uint32_t{0};
    std::uint64_t element = 0;
  };
  std::vector<Entry> entries_;  // the first count_ are in use
  std::size_t count_ = 0;
  std::vector<Target> targets_;
  std::vector<std::uint32_t> rows_, samples_;
  std::vector<std::uint64_t> scratch_;
  std::size_t fields_ = 0, remembered_ = 0;
  std::uint64_t bytes_ = 0;
};

/// The memory of the tensors that a layout has added.
class BatchMemory {
 public:
  BatchMemory(const BatchLayout& layout, std::span<const std::span<std::byte>> tensors)
      : layout_(layout), tensors_(tensors) {}
  const BatchLayout& layout() const noexcept { return layout_; }
  template <class T>
  std::span<T> tensor(std::size_t number) const {
    const std::span<std::byte> bytes = tensors_[number];
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

 private:
  const BatchLayout& layout_;
  std::span<const std::span<std::byte>> tensors_;
};

/// Tensors that a function of the whole batch makes.
class BatchBuilder {
 public:
  virtual ~BatchBuilder() = default;
  /// Memory of a new tensor of the batch. Valid with the batch.
  virtual std::span<std::byte> add(std::string_view name, DType dtype, const Shape& shape) = 0;
};

class Collate {
 public:
  virtual ~Collate() = default;
  /// Once, when the loader is made: throws kUsage where the samples' fields do not suit it.
  virtual void check(std::span<const Field> fields) const { (void)fields; }
  /// Must give every field of every sample a place.
  virtual void layout(const BatchShapes& shapes, BatchLayout& layout) const = 0;
  /// Before any sample is read: what follows from the shapes (lengths, offsets).
  virtual void begin(const BatchShapes& shapes, const BatchMemory& memory) const {
    (void)shapes, (void)memory;
  }
  /// When the sample's fields are in their places; other threads do other samples. Where it is not
  /// `valid` (a damaged one that is skipped) its places are zero.
  virtual void finish(std::size_t sample, bool valid, const BatchShapes& shapes,
                      const BatchMemory& memory) const {
    (void)sample, (void)valid, (void)shapes, (void)memory;
  }
  /// When all are done. `samples` view the batch's memory.
  virtual void complete(std::span<const Sample> samples, BatchBuilder& builder) const {
    (void)samples, (void)builder;
  }
  /// True where complete() wants the samples.
  virtual bool completes() const noexcept { return false; }
};

using CollatePtr = std::shared_ptr<const Collate>;

/// The default. Fields of one shape are stacked, (B, …). Ragged ones stand back to back: NAME
/// (total elements), NAME_offsets (B + 1, int64, elements), and where their rank is above 1
/// NAME_shapes (B, rank; int64): what LibTorch calls a nested or jagged tensor. Elements stay as
/// they are.
CollatePtr stack();

struct PadOptions {
  std::string field = {};      ///< which; empty: the only ragged array. Shape (-1, …)
  std::string name = {};       ///< of the tensor; empty: input_ids for "tokens", else the field's
  std::uint64_t length = 0;    ///< of each row; longer samples are an error. 0: the longest's
  std::uint64_t multiple = 1;  ///< the longest's, rounded up to a multiple of this
  bool widen = true;           ///< integers become int64, what an embedding wants
  bool sort = false;  ///< rows by falling length, as pack_padded_sequence wants: all fields
                      ///< follow, and `perm` and `inverse` (B, int64) tell the order
  bool key_padding_mask = false;  ///< (B, L) bool, true where padding is
  bool additive_mask = false;     ///< (B, L) float32, 0 or -1e9
  bool targets = false;           ///< (B, L) int64: the next token, -100 where there is none
};
/// Right-padded with `value`: NAME (B, L, …), lengths (B, int64), attention_mask (B, L, bool: true
/// where a value is; from the lengths, whatever the values are). All other fields as stack() has
/// them.
CollatePtr pad(std::int64_t value, PadOptions options = {});

struct PackRowsOptions {
  std::string field = {};    ///< as in PadOptions
  std::string name = {};     ///< as in PadOptions
  std::uint64_t length = 0;  ///< of a row: PackOptions::row of the sampler
  bool targets = false;      ///< as in PadOptions; never across a border of documents
};
/// For the packed() sampler: several samples in one row. NAME (R, L, int64), padded with `value`;
/// segment_ids (R, L, int32: 1 for the row's first sample, 2 …, 0 for padding), position_ids (R, L,
/// int64: from 0 in each sample), lengths (R, int64: elements in use). Other fields: one entry a
/// sample, and sample_rows (samples, int64) tells the row of each.
CollatePtr pack_rows(std::int64_t value, PackRowsOptions options);

/// A function of the whole batch that makes any tensors. The copying path: samples are read into
/// memory of the batch first, and the function copies out of it.
using CollateFunction = std::function<void(std::span<const Sample> samples, BatchBuilder& builder)>;
CollatePtr collate_function(CollateFunction function);

}  // namespace dsprep
