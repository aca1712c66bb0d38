#include "lib/gpu/work.h"

#include <algorithm>

#include "dsprep/error.h"

namespace dsprep::cuda {

ElementType element_type(DType dtype) noexcept { return static_cast<ElementType>(dtype); }
static_assert(static_cast<int>(DType::kFloat64) == static_cast<int>(ElementType::kFloat64));

std::size_t element_size(ElementType type) noexcept {
  return type == ElementType::kBfloat16 ? 2 : dtype_size(static_cast<DType>(type));
}
std::string_view element_name(ElementType type) noexcept {
  return type == ElementType::kBfloat16 ? "bfloat16" : dtype_name(static_cast<DType>(type));
}

const Tensor* Arrival::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(tensors_, name, &Tensor::name);
  return found == tensors_.end() ? nullptr : &*found;
}

const Tensor& Arrival::tensor(std::string_view name) const {
  const Tensor* found = find(name);
  if (found == nullptr) {
    throw Error(ErrorCode::kUsage, "the batch has no tensor that the device transform reads",
                {.field = std::string(name)}, "use stack(), the default collate");
  }
  return *found;
}

const void* Arrival::place(std::string_view name) const {
  return places_[static_cast<std::size_t>(&tensor(name) - tensors_.data())];
}

std::unique_ptr<Work> make_work(const DeviceTransform& transform, const Source& from,
                                LoaderOptions& loader) {
  if (const auto* pixels = std::get_if<PixelOptions>(&transform))
    return pixel_work(*pixels, from, loader);
  return token_work(std::get<TokenOptions>(transform), from, loader);
}

LoadedField loaded_field(const Source& from, const LoaderOptions& loader, const std::string& name) {
  const Schema& schema = from.schema();
  std::vector<std::string> used;
  for (const TransformPtr& transform : loader.transform) {
    std::vector<Field> inputs;
    for (const std::string& input : transform->inputs()) {
      inputs.push_back(schema.fields[schema.index_of(input)]);
      used.push_back(input);
    }
    for (Field& field : transform->outputs(inputs))
      if (field.name == name) return {std::move(field), true};
  }
  const Field& field = schema.fields[schema.index_of(name)];
  const bool left_out = !loader.fields.empty() && std::ranges::count(loader.fields, name) == 0;
  if (left_out || std::ranges::count(used, name) != 0) {
    throw Error(ErrorCode::kUsage, "the loader's options leave nothing of a field to the device",
                {.field = name}, "name the field in `fields`, or a field that a transform makes");
  }
  return {field, false};
}

}  // namespace dsprep::cuda
