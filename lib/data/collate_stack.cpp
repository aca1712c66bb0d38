#include <algorithm>
#include <array>
#include <utility>

#include "lib/data/collate_common.h"
#include "lib/data/convert.h"
#include "lib/data/simd.h"

namespace dsprep {

std::size_t sequence_field(std::span<const Field> fields, const std::string& name) {
  std::size_t found = fields.size();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool fits = name.empty() ? fields[i].ragged() && fields[i].encoding == Encoding::kArray
                                   : fields[i].name == name;
    if (!fits) continue;
    if (found != fields.size()) {
      throw Error(ErrorCode::kUsage,
                  "several fields are ragged: " + fields[found].name + ", " + fields[i].name, {},
                  "name the one that is the sequence");
    }
    found = i;
  }
  if (found == fields.size()) {
    throw Error(ErrorCode::kUsage, name.empty() ? "no field is a ragged array" : "no such field",
                {.field = name});
  }
  const std::vector<std::int64_t>& shape = fields[found].shape;
  if (shape.empty() || std::any_of(shape.begin() + 1, shape.end(), [](auto e) { return e < 0; })) {
    throw Error(ErrorCode::kUsage, "only the first extent of a sequence may differ",
                {.field = fields[found].name});
  }
  return found;
}

std::string_view sequence_name(const Field& field, const std::string& name) {
  if (!name.empty()) return name;
  return field.name == "tokens" ? std::string_view("input_ids") : std::string_view(field.name);
}

std::uint64_t step_elements(const Field& field) {
  std::uint64_t elements = 1;
  for (std::size_t i = 1; i < field.shape.size(); ++i)
    elements *= static_cast<std::uint64_t>(field.shape[i]);
  return elements;
}

DType sequence_dtype(const Field& field, bool widen) {
  return widen && can_convert(field.dtype, DType::kInt64) ? DType::kInt64 : field.dtype;
}

Shape sequence_shape(const Field& field, std::uint64_t rows, std::uint64_t length) {
  std::array<std::uint64_t, kMaxRank> extents{rows, length};
  if (field.shape.size() >= kMaxRank)
    throw Error(ErrorCode::kUsage, "too many dimensions for a batch", {.field = field.name});
  for (std::size_t i = 1; i < field.shape.size(); ++i)
    extents[i + 1] = static_cast<std::uint64_t>(field.shape[i]);
  return Shape(std::span<const std::uint64_t>(extents.data(), field.shape.size() + 1));
}

namespace {

void stack_fixed(std::size_t field, const BatchShapes& shapes, BatchLayout& layout) {
  const Field& about = shapes.fields()[field];
  const std::size_t count = shapes.samples();
  const Shape& one = shapes.shape(0, field);
  if (one.rank() == kMaxRank)
    throw Error(ErrorCode::kUsage, "too many dimensions for a batch", {.field = about.name});
  std::array<std::uint64_t, kMaxRank> extents{count};
  std::ranges::copy(one.extents(), extents.begin() + 1);
  const Shape all(std::span<const std::uint64_t>(extents.data(), one.rank() + 1));
  const std::size_t tensor = layout.add(about.name, about.dtype, all);
  const std::uint64_t elements = one.elements();
  for (std::size_t i = 0; i < count; ++i) layout.place(i, field, tensor, layout.row(i) * elements);
}

}  // namespace

void stack_layout(std::size_t field, const BatchShapes& shapes, BatchLayout& layout) {
  const Field& about = shapes.fields()[field];
  if (!about.ragged()) return stack_fixed(field, shapes, layout);
  const std::size_t count = shapes.samples();
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += shapes.shape(i, field).elements();
  const std::size_t tensor = layout.add(about.name, about.dtype, {total});
  layout.add(about.name, DType::kInt64, {count + 1}, "_offsets");
  if (about.shape.size() > 1)
    layout.add(about.name, DType::kInt64, {count, about.shape.size()}, "_shapes");
  std::uint64_t at = 0;
  for (std::size_t row = 0; row < count; ++row) {
    const std::size_t sample = layout.sample_at(row);
    layout.place(sample, field, tensor, at);
    at += shapes.shape(sample, field).elements();
  }
}

std::size_t stack_begin(std::size_t field, std::size_t tensor, const BatchShapes& shapes,
                        const BatchMemory& memory) {
  const Field& about = shapes.fields()[field];
  if (!about.ragged()) return tensor + 1;
  const auto offsets = memory.tensor<std::int64_t>(tensor + 1);
  const std::size_t rank = about.shape.size();
  std::int64_t at = 0;
  for (std::size_t row = 0; row < shapes.samples(); ++row) {
    const Shape& shape = shapes.shape(memory.layout().sample_at(row), field);
    offsets[row] = at;
    at += static_cast<std::int64_t>(shape.elements());
    if (rank == 1) continue;
    const auto out = memory.tensor<std::int64_t>(tensor + 2);
    for (std::size_t d = 0; d < rank; ++d)
      out[row * rank + d] = static_cast<std::int64_t>(shape[d]);
  }
  offsets[shapes.samples()] = at;
  return tensor + (rank == 1 ? 2 : 3);
}

namespace {

template <class T>
struct Fill {
  DSPREP_INLINE static void run(T* out, std::size_t count, T value) {
    for (std::size_t i = 0; i < count; ++i) out[i] = value;
  }
};

template <class T>
void fill_as(const BatchMemory& memory, std::size_t tensor, std::uint64_t element,
             std::uint64_t count, std::int64_t value) {
  const auto out = memory.tensor<T>(tensor).subspan(element, count);
  with_simd<Fill<T>>(out.data(), out.size(), static_cast<T>(value));
}

class Stack final : public Collate {
 public:
  void layout(const BatchShapes& shapes, BatchLayout& layout) const override {
    for (std::size_t field = 0; field < shapes.fields().size(); ++field)
      stack_layout(field, shapes, layout);
  }
  void begin(const BatchShapes& shapes, const BatchMemory& memory) const override {
    std::size_t tensor = 0;
    for (std::size_t field = 0; field < shapes.fields().size(); ++field)
      tensor = stack_begin(field, tensor, shapes, memory);
  }
};

/// The copying path: samples in scratch, then the function.
class FunctionCollate final : public Collate {
 public:
  explicit FunctionCollate(CollateFunction function) : function_(std::move(function)) {}
  void layout(const BatchShapes& shapes, BatchLayout& layout) const override {
    for (std::size_t field = 0; field < shapes.fields().size(); ++field) {
      const DType dtype = shapes.fields()[field].dtype;
      for (std::size_t i = 0; i < shapes.samples(); ++i)
        layout.place(i, field, layout.add({}, dtype, shapes.shape(i, field)), 0);
    }
  }
  void complete(std::span<const Sample> samples, BatchBuilder& builder) const override {
    function_(samples, builder);
  }
  bool completes() const noexcept override { return true; }

 private:
  CollateFunction function_;
};

}  // namespace

void fill_elements(const BatchMemory& memory, std::size_t tensor, DType dtype,
                   std::uint64_t element, std::uint64_t count, std::int64_t value) {
  switch (dtype) {
    case DType::kFloat64:
      return fill_as<double>(memory, tensor, element, count, value);
    case DType::kFloat32:
      return fill_as<float>(memory, tensor, element, count, value);
    default:
      break;
  }
  switch (dtype_size(dtype)) {
    case 8:
      return fill_as<std::int64_t>(memory, tensor, element, count, value);
    case 4:
      return fill_as<std::int32_t>(memory, tensor, element, count, value);
    case 2:
      return fill_as<std::int16_t>(memory, tensor, element, count, value);
    default:
      return fill_as<std::int8_t>(memory, tensor, element, count, value);
  }
}

CollatePtr stack() { return std::make_shared<Stack>(); }
CollatePtr collate_function(CollateFunction function) {
  return std::make_shared<FunctionCollate>(std::move(function));
}

}  // namespace dsprep
