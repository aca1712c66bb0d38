#include "lib/data/convert.h"

#include <array>
#include <cstring>

#include "lib/data/simd.h"

namespace dsprep {
namespace {

// Loads by memcpy, as the source is aligned to nothing; compilers make plain vector loads of it.
template <class From, class To>
struct Widen {
  DSPREP_INLINE static void run(const std::byte* source, std::byte* target, std::size_t count) {
    To* out = reinterpret_cast<To*>(target);
    for (std::size_t i = 0; i < count; ++i) {
      From value;
      std::memcpy(&value, source + i * sizeof(From), sizeof(From));
      out[i] = static_cast<To>(value);
    }
  }
};

template <class From, class To>
void widen(const std::byte* source, std::byte* target, std::size_t count) noexcept {
  with_simd<Widen<From, To>>(source, target, count);
}

template <class From>
void widen_to(DType to, const std::byte* source, std::byte* target, std::size_t count) noexcept {
  switch (to) {
    case DType::kInt64:
      return widen<From, std::int64_t>(source, target, count);
    case DType::kInt32:
      return widen<From, std::int32_t>(source, target, count);
    case DType::kInt16:
      return widen<From, std::int16_t>(source, target, count);
    case DType::kUint64:
      return widen<From, std::uint64_t>(source, target, count);
    case DType::kUint32:
      return widen<From, std::uint32_t>(source, target, count);
    default:
      return widen<From, std::uint16_t>(source, target, count);
  }
}

struct Whole {
  bool integer = false, negative = false;
  unsigned bits = 0;  // of its values
};

constexpr Whole whole(DType dtype) noexcept {
  switch (dtype) {
    case DType::kBool:
      return {true, false, 1};
    case DType::kUint8:
      return {true, false, 8};
    case DType::kInt8:
      return {true, true, 7};
    case DType::kUint16:
      return {true, false, 16};
    case DType::kInt16:
      return {true, true, 15};
    case DType::kUint32:
      return {true, false, 32};
    case DType::kInt32:
      return {true, true, 31};
    case DType::kUint64:
      return {true, false, 64};
    case DType::kInt64:
      return {true, true, 63};
    default:
      return {};
  }
}

constexpr bool fits(DType from, DType to) noexcept {
  if (from == to) return true;
  const Whole a = whole(from), b = whole(to);
  return a.integer && b.integer && dtype_size(to) > dtype_size(from) && b.bits >= a.bits &&
         (b.negative || !a.negative);
}

// Asked for every sample, so looked up.
constexpr std::size_t kDTypes = static_cast<std::size_t>(DType::kFloat64) + 1;
constexpr auto kFits = [] {
  std::array<std::array<bool, kDTypes>, kDTypes> out{};
  for (std::size_t from = 0; from < kDTypes; ++from)
    for (std::size_t to = 0; to < kDTypes; ++to)
      out[from][to] = fits(static_cast<DType>(from), static_cast<DType>(to));
  return out;
}();

}  // namespace

bool can_convert(DType from, DType to) noexcept {
  return kFits[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
}

void convert_elements(DType from, const std::byte* source, DType to, std::byte* target,
                      std::size_t count) noexcept {
  if (from == to) {
    if (count != 0) std::memcpy(target, source, count * dtype_size(from));
    return;
  }
  switch (from) {
    case DType::kBool:
    case DType::kUint8:
      return widen_to<std::uint8_t>(to, source, target, count);
    case DType::kInt8:
      return widen_to<std::int8_t>(to, source, target, count);
    case DType::kUint16:
      return widen_to<std::uint16_t>(to, source, target, count);
    case DType::kInt16:
      return widen_to<std::int16_t>(to, source, target, count);
    case DType::kUint32:
      return widen_to<std::uint32_t>(to, source, target, count);
    default:
      return widen_to<std::int32_t>(to, source, target, count);
  }
}

}  // namespace dsprep
