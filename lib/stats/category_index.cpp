#include <charconv>
#include <unordered_map>

#include "dsprep/error.h"
#include "dsprep/fitted.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

constexpr std::size_t kMostDecimal = 24;

std::string_view decimal(std::int64_t value, std::span<char, kMostDecimal> memory) {
  const auto end = std::to_chars(memory.data(), memory.data() + memory.size(), value).ptr;
  return {memory.data(), static_cast<std::size_t>(end - memory.data())};
}

bool is_text(Encoding encoding) {
  return encoding == Encoding::kText || encoding == Encoding::kJson || encoding == Encoding::kBytes;
}

// The category of a sample, as its statistics write it.
template <class Use>
void with_category(const Tensor& tensor, Use use) {
  if (is_text(tensor.encoding)) {
    use(std::string_view(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()));
    return;
  }
  std::array<char, kMostDecimal> memory;
  use(decimal(tensor.label(), memory));
}

void check_field(const Field& field) {
  const bool integer = (field.encoding == Encoding::kArray || field.encoding == Encoding::kClass) &&
                       field.dtype < DType::kFloat16 && !field.ragged() &&
                       field.row_bytes() == dtype_size(field.dtype);
  if (integer || is_text(field.encoding)) return;
  throw Error(ErrorCode::kUsage, "categories are texts, or one integer a sample",
              {.field = field.name});
}

class IndexTransform final : public Transform {
 public:
  IndexTransform(CategoryIndex categories, std::string field)
      : categories_(std::move(categories)), field_(std::move(field)) {}
  std::vector<std::string> inputs() const override { return {field_}; }
  std::vector<Field> outputs(std::span<const Field> inputs) const override {
    check_field(inputs[0]);
    return {{inputs[0].name, DType::kInt64, {}, Encoding::kArray}};
  }
  void apply(std::span<const Tensor> inputs, const DrawKey&, std::uint64_t, Workspace*,
             std::span<const TransformOutput> outputs) const override {
    with_category(inputs[0], [&](std::string_view value) {
      outputs[0].as<std::int64_t>()[0] = categories_.index(value);
    });
  }

 private:
  CategoryIndex categories_;
  std::string field_;
};

class OneHotTransform final : public Transform {
 public:
  OneHotTransform(CategoryIndex categories, std::string field)
      : categories_(std::move(categories)), field_(std::move(field)) {}
  std::vector<std::string> inputs() const override { return {field_}; }
  std::vector<Field> outputs(std::span<const Field> inputs) const override {
    check_field(inputs[0]);
    return {{inputs[0].name,
             DType::kFloat32,
             {static_cast<std::int64_t>(categories_.categories())},
             Encoding::kArray}};
  }
  void apply(std::span<const Tensor> inputs, const DrawKey&, std::uint64_t, Workspace*,
             std::span<const TransformOutput> outputs) const override {
    with_category(inputs[0], [&](std::string_view value) {
      categories_.one_hot(value, outputs[0].as<float>());
    });
  }

 private:
  CategoryIndex categories_;
  std::string field_;
};

}  // namespace

struct CategoryIndex::State {
  FittedOn fitted_on;
  CategoryOptions options;
  std::vector<std::string> values;
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> places;
};

CategoryIndex::CategoryIndex(const FieldStats& stats, CategoryOptions options) {
  auto state = std::make_shared<State>();
  state->fitted_on = {stats.dataset, stats.split, stats.field, stats.samples, stats.leak};
  state->options = options;
  for (const Category& category : stats.categories) state->values.push_back(category.value);
  if (stats.categories.empty()) {
    for (const auto& [label, count] : stats.labels) state->values.push_back(std::to_string(label));
  }
  if (state->values.empty()) {
    throw Error(ErrorCode::kUsage, "these statistics have neither categories nor labels",
                {.field = stats.field}, "fit them: dsprep stats DIR --per category");
  }
  for (std::size_t i = 0; i < state->values.size(); ++i) state->places[state->values[i]] = i;
  const std::int64_t behind = options.first + static_cast<std::int64_t>(state->values.size());
  if (options.unknown && *options.unknown >= options.first && *options.unknown < behind)
    throw Error(ErrorCode::kUsage, "the index of unknown categories is that of a known one");
  state_ = std::move(state);
}

const FittedOn& CategoryIndex::fitted_on() const noexcept { return state_->fitted_on; }
std::size_t CategoryIndex::categories() const noexcept { return state_->values.size(); }

std::int64_t CategoryIndex::size() const noexcept {
  const std::int64_t behind = state_->options.first + static_cast<std::int64_t>(categories());
  return std::max(behind, state_->options.unknown.value_or(-1) + 1);
}

std::optional<std::size_t> CategoryIndex::place(std::string_view value) const {
  const auto found = state_->places.find(value);
  if (found != state_->places.end()) return found->second;
  if (state_->options.unknown) return std::nullopt;
  throw Error(ErrorCode::kUsage,
              "a category that was not in " + state_->fitted_on.split + ": '" +
                  escape_controls(std::string(value.substr(0, 64))) + "'",
              {.field = state_->fitted_on.field}, "give unknown categories an index");
}

std::int64_t CategoryIndex::index(std::string_view value) const {
  const auto at = place(value);
  return at ? state_->options.first + static_cast<std::int64_t>(*at) : *state_->options.unknown;
}

std::int64_t CategoryIndex::index(std::int64_t value) const {
  std::array<char, kMostDecimal> memory;
  return index(decimal(value, memory));
}

std::optional<std::string_view> CategoryIndex::value(std::int64_t index) const {
  const std::int64_t at = index - state_->options.first;
  if (at < 0 || static_cast<std::uint64_t>(at) >= state_->values.size()) return std::nullopt;
  return state_->values[static_cast<std::size_t>(at)];
}

void CategoryIndex::one_hot(std::string_view value, std::span<float> out) const {
  if (out.size() != categories()) {
    throw Error(ErrorCode::kUsage, "one_hot: " + std::to_string(out.size()) + " places for " +
                                       std::to_string(categories()) + " categories");
  }
  const auto at = place(value);
  std::ranges::fill(out, 0.0F);
  if (at) out[*at] = 1;
}

TransformPtr category_index(CategoryIndex categories, std::string field) {
  return std::make_shared<IndexTransform>(std::move(categories), std::move(field));
}
TransformPtr one_hot(CategoryIndex categories, std::string field) {
  return std::make_shared<OneHotTransform>(std::move(categories), std::move(field));
}

}  // namespace dsprep
