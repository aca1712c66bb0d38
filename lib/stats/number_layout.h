// NumberLayout: how the bits of a dtype become unsigned keys of the same order, so that one piece
// of code counts and selects all of them. Pure functions.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "dsprep/schema.h"

namespace dsprep {

struct NumberLayout;
/// The number that a key stands for, as the nearest double; -0 becomes +0.
double number_of(const NumberLayout& layout, std::uint64_t key);

/// What is known of a dtype at run time.
struct NumberLayout {
  unsigned bits = 8;      ///< of a key
  unsigned mantissa = 0;  ///< stored bits of it; 0 for integers
  bool is_signed = false;

  constexpr bool is_float() const noexcept { return mantissa != 0; }
  /// Of the first digit.
  constexpr unsigned first_bits() const noexcept { return std::min(bits, 12U); }
  /// What is below it.
  constexpr unsigned low_bits() const noexcept { return bits - first_bits(); }
  /// False for the first digits of NaN and ∞, which no finite number has.
  bool finite_digit(std::uint64_t digit) const noexcept {
    if (!is_float()) return true;
    const std::uint64_t sign = std::uint64_t{1} << (first_bits() - 1);
    const std::uint64_t magnitude = ((digit & sign) == 0 ? ~digit : digit) & (sign - 1);
    const unsigned mantissa_bits = mantissa - low_bits();  // those inside of the digit
    return magnitude >> mantissa_bits != (sign - 1) >> mantissa_bits;
  }
};

/// And at compile time. Raw is the unsigned type of the element's width.
template <class RawType, bool kSignedValue, unsigned kMantissaBits = 0, bool kBoolValue = false>
struct Layout {
  using Raw = RawType;
  static constexpr unsigned kBits = 8 * sizeof(Raw);
  static constexpr unsigned kMantissa = kMantissaBits;
  static constexpr bool kFloat = kMantissaBits != 0;
  static constexpr Raw kSign = static_cast<Raw>(Raw{1} << (kBits - 1));
  static constexpr NumberLayout kLayout = {kBits, kMantissaBits, kSignedValue};

  static Raw load(const std::byte* at) noexcept {
    Raw raw;
    std::memcpy(&raw, at, sizeof raw);
    if constexpr (kBoolValue) return raw != 0;
    return raw;
  }
  /// Keys rise with the values: -0 stands right below +0.
  static Raw key(Raw raw) noexcept {
    if constexpr (kFloat) {
      const bool negative = (raw & kSign) != 0;
      return static_cast<Raw>(negative ? ~raw : raw | kSign);
    } else {
      return kSignedValue ? static_cast<Raw>(raw ^ kSign) : raw;
    }
  }
  static bool finite(Raw raw) noexcept {
    if constexpr (!kFloat) return true;
    constexpr Raw kFraction = static_cast<Raw>((std::uint64_t{1} << kMantissa) - 1);
    constexpr Raw kExponent = static_cast<Raw>((kSign - 1) ^ kFraction);
    return (raw & kExponent) != kExponent;
  }
  static double number(Raw raw) noexcept {
    if constexpr (kMantissa == 52) return std::bit_cast<double>(raw);
    if constexpr (kMantissa == 23) return std::bit_cast<float>(raw);
    if constexpr (kFloat) return number_of(kLayout, key(raw));
    return kSignedValue ? static_cast<double>(static_cast<std::make_signed_t<Raw>>(raw))
                        : static_cast<double>(raw);
  }
  /// Requires: !finite(raw).
  static bool infinite(Raw raw) noexcept {
    return (raw & ((std::uint64_t{1} << kMantissa) - 1)) == 0;
  }
};

/// Calls visit(Layout<…>{}) for the dtype and gives back what it gives.
template <class Visit>
auto with_layout(DType dtype, Visit visit) {
  switch (dtype) {
    case DType::kBool:
      return visit(Layout<std::uint8_t, false, 0, true>{});
    case DType::kUint8:
      return visit(Layout<std::uint8_t, false>{});
    case DType::kInt8:
      return visit(Layout<std::uint8_t, true>{});
    case DType::kUint16:
      return visit(Layout<std::uint16_t, false>{});
    case DType::kInt16:
      return visit(Layout<std::uint16_t, true>{});
    case DType::kUint32:
      return visit(Layout<std::uint32_t, false>{});
    case DType::kInt32:
      return visit(Layout<std::uint32_t, true>{});
    case DType::kUint64:
      return visit(Layout<std::uint64_t, false>{});
    case DType::kInt64:
      return visit(Layout<std::uint64_t, true>{});
    case DType::kFloat16:
      return visit(Layout<std::uint16_t, true, 10>{});
    case DType::kFloat32:
      return visit(Layout<std::uint32_t, true, 23>{});
    case DType::kFloat64:
      return visit(Layout<std::uint64_t, true, 52>{});
  }
  __builtin_unreachable();
}

inline NumberLayout layout_of(DType dtype) {
  return with_layout(dtype, [](auto layout) { return decltype(layout)::kLayout; });
}

}  // namespace dsprep
