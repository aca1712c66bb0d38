// Small files of sound for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace dsprep::test {

struct WavForm {
  std::uint32_t rate = 8000;
  std::uint16_t channels = 1;
};

/// A wav of 16-bit integers or 32-bit floats, interleaved.
template <class Value>
std::vector<std::byte> wav(std::span<const Value> values, WavForm form = {}) {
  static_assert(sizeof(Value) == 2 || sizeof(Value) == 4);
  std::vector<std::byte> out;
  const auto text = [&](std::string_view letters) {
    for (const char c : letters) out.push_back(static_cast<std::byte>(c));
  };
  const auto number = [&](std::size_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
  };
  const std::size_t frame = form.channels * sizeof(Value);
  text("RIFF"), number(36 + values.size_bytes(), 4), text("WAVEfmt "), number(16, 4);
  number(sizeof(Value) == 4 ? 3 : 1, 2), number(form.channels, 2), number(form.rate, 4);
  number(form.rate * frame, 4), number(frame, 2), number(8 * sizeof(Value), 2);
  text("data"), number(values.size_bytes(), 4);
  const auto bytes = std::as_bytes(values);
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

}  // namespace dsprep::test
