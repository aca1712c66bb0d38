// WindowOptions: how what is long is cut.
#pragma once

#include <cstdint>
#include <string>

namespace dsprep {

/// A window (or packed row) that a document (or slice) does not fill.
enum class Tail : std::uint8_t { kKeep, kDrop, kShift, kPad };

/// Ids, rows, or samples of sound cut into windows; or ids packed into rows.
struct WindowOptions {
  std::uint64_t length = 0;  ///< 0: neither
  std::uint64_t stride = 0;  ///< between the beginnings of windows
  bool pack = false;         ///< documents behind one another, cut into rows of `length`
  Tail tail = Tail::kKeep;
  std::uint32_t pad = 0;  ///< the id for Tail::kPad
  bool silence = false;   ///< Tail::kPad without an id: what fills up sound
};

/// "keep", "drop", "shift", "pad:ID", or "pad" alone. Throws kUsage.
void parse_tail(const std::string& text, WindowOptions& windows);
std::string tail_text(const WindowOptions& windows);

}  // namespace dsprep
