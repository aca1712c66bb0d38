// pad: sequences of one batch, filled up on the right to one length.
#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/data/collate_common.h"

namespace dsprep {
namespace {

constexpr float kMaskedOut = -1e9F;

class Pad final : public Collate {
 public:
  Pad(std::int64_t value, PadOptions options) : value_(value), options_(std::move(options)) {
    if (options_.multiple == 0) throw Error(ErrorCode::kUsage, "pad: a multiple of 0");
  }

  void check(std::span<const Field> fields) const override {
    const Field& field = fields[sequence_field(fields, options_.field)];
    if (field.dtype == DType::kFloat16 && value_ != 0)
      throw Error(ErrorCode::kUsage, "pad: float16 can be padded with 0 only",
                  {.field = field.name});
    if (options_.targets &&
        (sequence_dtype(field, options_.widen) != DType::kInt64 || step_elements(field) != 1))
      throw Error(ErrorCode::kUsage, "pad: targets need integers that are widened",
                  {.field = field.name});
  }

  void layout(const BatchShapes& shapes, BatchLayout& layout) const override {
    const std::size_t sequence = sequence_field(shapes.fields(), options_.field);
    layout.remember(sequence);
    const Field& field = shapes.fields()[sequence];
    const std::uint64_t count = shapes.samples(), length = row_length(shapes, sequence);
    if (options_.sort) sort(shapes, sequence, layout);
    layout.add(sequence_name(field, options_.name), sequence_dtype(field, options_.widen),
               sequence_shape(field, count, length));
    layout.add("lengths", DType::kInt64, {count});
    layout.add("attention_mask", DType::kBool, {count, length});
    if (options_.key_padding_mask) layout.add("key_padding_mask", DType::kBool, {count, length});
    if (options_.additive_mask) layout.add("additive_mask", DType::kFloat32, {count, length});
    if (options_.targets) layout.add("targets", DType::kInt64, {count, length});
    if (options_.sort) {
      layout.add("perm", DType::kInt64, {count});
      layout.add("inverse", DType::kInt64, {count});
    }
    const std::uint64_t row = length * step_elements(field);
    for (std::size_t i = 0; i < count; ++i) layout.place(i, sequence, kIds, layout.row(i) * row);
    for (std::size_t other = 0; other < shapes.fields().size(); ++other)
      if (other != sequence) stack_layout(other, shapes, layout);
  }

  void begin(const BatchShapes& shapes, const BatchMemory& memory) const override {
    const std::size_t sequence = memory.layout().remembered();
    std::size_t tensor =
        kMask + 1 + options_.key_padding_mask + options_.additive_mask + options_.targets;
    if (options_.sort) {
      const auto perm = memory.tensor<std::int64_t>(tensor);
      const auto inverse = memory.tensor<std::int64_t>(tensor + 1);
      for (std::size_t i = 0; i < shapes.samples(); ++i) {
        perm[i] = static_cast<std::int64_t>(memory.layout().sample_at(i));
        inverse[i] = static_cast<std::int64_t>(memory.layout().row(i));
      }
      tensor += 2;
    }
    for (std::size_t other = 0; other < shapes.fields().size(); ++other)
      if (other != sequence) tensor = stack_begin(other, tensor, shapes, memory);
  }

  void finish(std::size_t sample, bool valid, const BatchShapes& shapes,
              const BatchMemory& memory) const override {
    const std::size_t sequence = memory.layout().remembered();
    const Field& field = shapes.fields()[sequence];
    const std::uint64_t used = valid ? shapes.shape(sample, sequence)[0] : 0;
    const std::size_t row = memory.layout().row(sample);
    const auto mask = memory.tensor<std::uint8_t>(kMask);
    const std::uint64_t length = mask.size() / shapes.samples();
    const std::uint64_t first = row * length, step = step_elements(field);
    fill_elements(memory, kIds, sequence_dtype(field, options_.widen), (first + used) * step,
                  (length - used) * step, value_);
    memory.tensor<std::int64_t>(kLengths)[row] = static_cast<std::int64_t>(used);
    if (length == 0) return;
    std::memset(mask.data() + first, 1, used);
    std::memset(mask.data() + first + used, 0, length - used);
    fill_more(memory, first, used, length);
  }

 private:
  static constexpr std::size_t kIds = 0, kLengths = 1, kMask = 2;

  std::uint64_t row_length(const BatchShapes& shapes, std::size_t sequence) const {
    std::uint64_t longest = 0;
    std::size_t which = 0;
    for (std::size_t i = 0; i < shapes.samples(); ++i) {
      const std::uint64_t length = shapes.shape(i, sequence)[0];
      if (length > longest) longest = length, which = i;
    }
    if (options_.length == 0)
      return (longest + options_.multiple - 1) / options_.multiple * options_.multiple;
    if (longest > options_.length) {
      throw Error(ErrorCode::kUsage,
                  "row " + std::to_string(which) + " of the batch has " + std::to_string(longest) +
                      " steps, more than the " + std::to_string(options_.length) + " of pad",
                  {.field = shapes.fields()[sequence].name},
                  "pad to a greater length, or cut long samples when the dataset is built");
    }
    return options_.length;
  }

  static void sort(const BatchShapes& shapes, std::size_t sequence, BatchLayout& layout) {
    // Inverted length above, number below: falling lengths, ties in their order.
    std::vector<std::uint64_t>& order = layout.scratch();
    order.clear();
    for (std::size_t i = 0; i < shapes.samples(); ++i)
      order.push_back(
          (0xffffffff - std::min<std::uint64_t>(shapes.shape(i, sequence)[0], 0xffffffff)) << 32 |
          i);
    std::ranges::sort(order);
    for (std::size_t row = 0; row < order.size(); ++row) layout.move(order[row] & 0xffffffff, row);
  }

  void fill_more(const BatchMemory& memory, std::uint64_t first, std::uint64_t used,
                 std::uint64_t length) const {
    std::size_t tensor = kMask + 1;
    if (options_.key_padding_mask) {
      const auto out = memory.tensor<std::uint8_t>(tensor++).subspan(first, length);
      std::memset(out.data(), 0, used);
      std::memset(out.data() + used, 1, length - used);
    }
    if (options_.additive_mask) {
      const auto out = memory.tensor<float>(tensor++).subspan(first, length);
      std::fill_n(out.begin(), used, 0.0F);
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(used), out.end(), kMaskedOut);
    }
    if (options_.targets) {
      const auto out = memory.tensor<std::int64_t>(tensor).subspan(first, length);
      const auto ids = memory.tensor<std::int64_t>(kIds).subspan(first, length);
      const std::uint64_t known = used == 0 ? 0 : used - 1;
      std::copy_n(ids.begin() + (known == 0 ? 0 : 1), known, out.begin());
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(known), out.end(), kIgnoredTarget);
    }
  }

  std::int64_t value_;
  PadOptions options_;
};

}  // namespace

CollatePtr pad(std::int64_t value, PadOptions options) {
  return std::make_shared<Pad>(value, std::move(options));
}

}  // namespace dsprep
