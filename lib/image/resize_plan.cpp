// Geometry of resizing: sizes and places in whole pixels, by the rules of torchvision's Resize and
// CenterCrop.
#include <algorithm>

#include "dsprep/error.h"
#include "dsprep/resize.h"
#include "formats/common/text.h"
#include "lib/image/codec.h"

namespace dsprep {
namespace {

constexpr std::string_view kFilterNames[] = {"area", "bilinear", "lanczos"};
constexpr std::string_view kFitNames[] = {"shorter", "longer", "cover", "contain", "stretch"};
constexpr std::uint64_t kMaxSide = 1'000'000;

template <class Value, std::size_t N>
std::optional<Value> find_name(const std::string_view (&names)[N], std::string_view name) noexcept {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Value>(i);
  }
  return std::nullopt;
}

// int(side * other / base), at least 1; a picture thinner than any screen is refused later by its
// number of pixels.
std::uint32_t in_ratio(std::uint64_t side, std::uint64_t other, std::uint64_t base) noexcept {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(side * other / base, 1, UINT32_MAX));
}

void scale_to(ResizePlan& plan, std::uint32_t width, std::uint32_t height) noexcept {
  plan.scaled_width = plan.crop_width = plan.width = width;
  plan.scaled_height = plan.crop_height = plan.height = height;
}

void contain(ResizePlan& plan, const ResizeSpec& spec) noexcept {
  plan.width = spec.width;
  plan.height = spec.height;
  plan.paste_x = centered(spec.width, plan.scaled_width);
  plan.paste_y = centered(spec.height, plan.scaled_height);
}

}  // namespace

std::uint32_t centered(std::uint32_t outer, std::uint32_t inner) noexcept {
  const std::uint32_t twice = outer - inner;
  const std::uint32_t half = twice / 2;
  return half + (twice % 2 & half % 2);
}

void crop_center(ResizePlan& plan, const ResizeSpec& size) noexcept {
  plan.width = size.width;
  plan.height = size.height;
  plan.crop_width = std::min(size.width, plan.scaled_width);
  plan.crop_height = std::min(size.height, plan.scaled_height);
  plan.crop_x = centered(plan.scaled_width, plan.crop_width);
  plan.crop_y = centered(plan.scaled_height, plan.crop_height);
  plan.paste_x = (plan.width - plan.crop_width) / 2;
  plan.paste_y = (plan.height - plan.crop_height) / 2;
}

std::string_view filter_name(Filter filter) noexcept {
  return kFilterNames[static_cast<std::size_t>(filter)];
}
std::optional<Filter> filter_from_name(std::string_view name) noexcept {
  return find_name<Filter>(kFilterNames, name);
}
std::string_view fit_name(Fit fit) noexcept { return kFitNames[static_cast<std::size_t>(fit)]; }
std::optional<Fit> fit_from_name(std::string_view name) noexcept {
  return find_name<Fit>(kFitNames, name);
}

std::string ResizeSpec::to_text() const {
  return one_side() ? std::to_string(width) : std::to_string(width) + "x" + std::to_string(height);
}

std::optional<ResizeSpec> resize_spec_from_text(std::string_view text) noexcept {
  const auto side = [](std::string_view part) -> std::uint32_t {
    const std::optional<std::uint64_t> value = parse_u64(part);
    return value && *value <= kMaxSide ? static_cast<std::uint32_t>(*value) : 0;
  };
  const std::size_t cross = text.find('x');
  ResizeSpec spec{.width = side(text.substr(0, cross))};
  if (cross != text.npos) spec.height = side(text.substr(cross + 1));
  if (spec.width == 0 || (cross != text.npos && spec.height == 0)) return std::nullopt;
  return spec;
}

ResizePlan plan_resize(std::uint32_t width, std::uint32_t height, const ResizeSpec& spec, Fit fit) {
  ResizePlan plan;
  const std::uint64_t side = spec.width;
  const bool wide = width > height;
  // true where the width meets its wanted value and the height follows
  const bool by_width = std::uint64_t{spec.width} * height >= std::uint64_t{spec.height} * width;
  switch (fit) {
    case Fit::kShorter:
    case Fit::kLonger:
      if (wide == (fit == Fit::kLonger)) {
        scale_to(plan, spec.width, in_ratio(side, height, width));
      } else {
        scale_to(plan, in_ratio(side, width, height), spec.width);
      }
      return plan;
    case Fit::kStretch:
      scale_to(plan, spec.width, spec.height);
      return plan;
    case Fit::kCover:
    case Fit::kContain:
      if (by_width == (fit == Fit::kCover)) {
        scale_to(plan, spec.width, in_ratio(spec.width, height, width));
      } else {
        scale_to(plan, in_ratio(spec.height, width, height), spec.height);
      }
      fit == Fit::kCover ? crop_center(plan, spec) : contain(plan, spec);
      return plan;
  }
  throw Error(ErrorCode::kInternal, "no such fit");
}

}  // namespace dsprep
