#include "tools/ingest/table_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/bytes.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

constexpr std::size_t kShown = 40;

[[noreturn]] void refuse(const Cell& cell, DType dtype, const char* why) {
  std::string memory;
  std::string text = escape_controls(text_of(cell, memory).substr(0, kShown));
  const bool whole = text.find_first_not_of("-0123456789") == text.npos;
  if (cell.kind == Cell::Kind::kReal && whole) text += ".0";  // else "'1' is no int8"
  throw Error(ErrorCode::kBadRow, "'" + text + "' " + why + " " + std::string(dtype_name(dtype)));
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  return text;
}

enum class Read : std::uint8_t { kGood, kNoNumber, kTooLarge };

// Where from_chars says that a float is out of range, it may be too small as well as too large.
template <class Float>
Read read_extreme(std::string_view text, Float& value) {
  const double wide = std::strtod(std::string(text).c_str(), nullptr);
  if (std::abs(wide) > 1) return Read::kTooLarge;
  value = static_cast<Float>(wide);
  return Read::kGood;
}

template <class T>
Read read_text(std::string_view text, T& value) {
  text = trimmed(text);
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec == std::errc::invalid_argument || read.ptr != end) return Read::kNoNumber;
  if (read.ec == std::errc()) return Read::kGood;
  if constexpr (std::is_floating_point_v<T>) return read_extreme(text, value);
  return Read::kTooLarge;
}

std::optional<bool> read_bool(std::string_view text) noexcept {
  text = trimmed(text);
  if (text == "1" || text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "0" || text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

template <class T>
void put(T value, std::byte* out) {
  std::memcpy(out, &value, sizeof value);
}

template <class Float>
void put_float(const Cell& cell, DType dtype, std::byte* out) {
  switch (cell.kind) {
    case Cell::Kind::kInteger:
      return put(static_cast<Float>(cell.integer), out);
    case Cell::Kind::kUnsigned:
      return put(static_cast<Float>(cell.whole), out);
    case Cell::Kind::kReal: {
      const auto value = static_cast<Float>(cell.real);
      if (std::isinf(value) && std::isfinite(cell.real)) refuse(cell, dtype, "does not fit");
      return put(value, out);
    }
    case Cell::Kind::kText: {
      Float value = 0;
      const Read read = read_text(cell.text, value);
      if (read == Read::kNoNumber) refuse(cell, dtype, "is no");
      if (read == Read::kTooLarge) refuse(cell, dtype, "does not fit");
      return put(value, out);
    }
    default:
      refuse(cell, dtype, "is no");
  }
}

template <class Int>
void put_integer(const Cell& cell, DType dtype, std::byte* out) {
  Int value = 0;
  if (cell.kind == Cell::Kind::kText) {
    const Read read = read_text(cell.text, value);
    if (read == Read::kTooLarge) refuse(cell, dtype, "does not fit");
    if (read == Read::kNoNumber) {
      std::int64_t negative = 0;  // what is an integer, but below an unsigned dtype
      const bool below = read_text(cell.text, negative) == Read::kGood;
      refuse(cell, dtype, below ? "does not fit" : "is no");
    }
  } else if (cell.kind == Cell::Kind::kInteger) {
    if (!std::in_range<Int>(cell.integer)) refuse(cell, dtype, "does not fit");
    value = static_cast<Int>(cell.integer);
  } else if (cell.kind == Cell::Kind::kUnsigned) {
    if (!std::in_range<Int>(cell.whole)) refuse(cell, dtype, "does not fit");
    value = static_cast<Int>(cell.whole);
  } else {
    refuse(cell, dtype, "is no");
  }
  put(value, out);
}

void put_bool(const Cell& cell, std::byte* out) {
  std::optional<bool> value;
  if (cell.kind == Cell::Kind::kText) value = read_bool(cell.text);
  const bool number = cell.kind == Cell::Kind::kInteger || cell.kind == Cell::Kind::kBool;
  if (number && (cell.integer == 0 || cell.integer == 1)) value = cell.integer == 1;
  if (!value) refuse(cell, DType::kBool, "is no");
  put(static_cast<std::uint8_t>(*value), out);
}

}  // namespace

const std::vector<std::string>& usual_missing_words() {
  static const std::vector<std::string> words = {"NA", "N/A", "NaN", "nan", "NULL", "null", "None"};
  return words;
}

bool is_missing(const Cell& cell, std::span<const std::string> words) noexcept {
  if (cell.kind == Cell::Kind::kMissing) return true;
  if (cell.kind != Cell::Kind::kText) return false;
  const std::string_view text = cell.text;
  return text.empty() || std::ranges::find(words, text) != words.end();
}

void put_number(const Cell& cell, DType dtype, std::byte* out) {
  switch (dtype) {
    case DType::kFloat32:
      return put_float<float>(cell, dtype, out);
    case DType::kFloat64:
      return put_float<double>(cell, dtype, out);
    case DType::kBool:
      return put_bool(cell, out);
    case DType::kUint8:
      return put_integer<std::uint8_t>(cell, dtype, out);
    case DType::kInt8:
      return put_integer<std::int8_t>(cell, dtype, out);
    case DType::kUint16:
      return put_integer<std::uint16_t>(cell, dtype, out);
    case DType::kInt16:
      return put_integer<std::int16_t>(cell, dtype, out);
    case DType::kUint32:
      return put_integer<std::uint32_t>(cell, dtype, out);
    case DType::kInt32:
      return put_integer<std::int32_t>(cell, dtype, out);
    case DType::kUint64:
      return put_integer<std::uint64_t>(cell, dtype, out);
    case DType::kInt64:
      return put_integer<std::int64_t>(cell, dtype, out);
    case DType::kFloat16:
      break;
  }
  refuse(cell, dtype, "cannot be stored as");
}

void put_nan(DType dtype, std::byte* out) {
  if (dtype == DType::kFloat64) return put(std::numeric_limits<double>::quiet_NaN(), out);
  put(std::numeric_limits<float>::quiet_NaN(), out);
}

std::string_view text_of(const Cell& cell, std::string& memory) {
  char digits[40];
  char* end = digits;
  switch (cell.kind) {
    case Cell::Kind::kMissing:
      return {};
    case Cell::Kind::kText:
      return cell.text;
    case Cell::Kind::kBool:
      return cell.integer != 0 ? "true" : "false";
    case Cell::Kind::kInteger:
      end = std::to_chars(digits, digits + sizeof digits, cell.integer).ptr;
      break;
    case Cell::Kind::kUnsigned:
      end = std::to_chars(digits, digits + sizeof digits, cell.whole).ptr;
      break;
    case Cell::Kind::kReal:
      end = std::to_chars(digits, digits + sizeof digits, cell.real).ptr;
  }
  memory.assign(digits, end);
  return memory;
}

TimeValue time_of(const Cell& cell) {
  std::optional<TimeValue> value;
  if (cell.kind == Cell::Kind::kInteger) value = TimeValue{.whole = cell.integer};
  if (cell.kind == Cell::Kind::kReal && std::abs(cell.real) < 9.2e18) value = time_of(cell.real);
  if (cell.kind == Cell::Kind::kText) value = parse_time(trimmed(cell.text));
  if (value) return *value;
  std::string memory;
  throw Error(ErrorCode::kBadRow, "'" + escape_controls(text_of(cell, memory).substr(0, kShown)) +
                                      "' is no point in time: neither a number nor ISO 8601");
}

std::uint8_t look_of(const Cell& cell, std::span<const std::string> missing) noexcept {
  if (is_missing(cell, missing)) return 0;
  if (cell.kind == Cell::Kind::kBool) return kSeenBool;
  if (cell.kind != Cell::Kind::kText) return kSeenNumber;
  double value = 0;
  if (read_text(cell.text, value) != Read::kNoNumber) return kSeenNumber;
  return read_bool(cell.text) ? kSeenBool : kSeenText;
}

void append_identity(const Cell& cell, std::span<const std::string> missing, std::string& out) {
  const auto number = [&out](double value) {
    const float rounded = static_cast<float>(value) + 0.0F;  // -0 and 0 are one
    char bytes[1 + sizeof rounded] = {1};
    std::memcpy(bytes + 1, &rounded, sizeof rounded);
    out.append(bytes, sizeof bytes);
  };
  if (is_missing(cell, missing)) {
    out += '\0';
    return;
  }
  if (cell.kind == Cell::Kind::kInteger || cell.kind == Cell::Kind::kBool)
    return number(static_cast<double>(cell.integer));
  if (cell.kind == Cell::Kind::kUnsigned) return number(static_cast<double>(cell.whole));
  if (cell.kind == Cell::Kind::kReal) return number(cell.real);
  double value = 0;
  if (read_text(cell.text, value) == Read::kGood) return number(value);
  if (const auto truth = read_bool(cell.text)) return number(*truth ? 1 : 0);
  out += '\2';
  const std::uint64_t length = cell.text.size();
  out.append(reinterpret_cast<const char*>(&length), sizeof length);
  out.append(cell.text);
}

}  // namespace dsprep
