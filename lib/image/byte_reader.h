// Numbers and pieces of a file in memory, with their bounds checked.
#pragma once

#include <string>

#include "lib/image/codec.h"

namespace dsprep {

/// Reads forward through a picture of format `name`; what lies behind the end is kTruncated.
class ByteReader {
 public:
  ByteReader(const char* name, Bytes bytes, std::size_t at = 0)
      : name_(name), bytes_(bytes), at_(at) {}

  std::size_t at() const noexcept { return at_; }
  std::size_t left() const noexcept { return bytes_.size() - at_; }
  bool done() const noexcept { return at_ >= bytes_.size(); }

  void go_to(std::size_t at) {
    if (at > bytes_.size()) ends_too_early();
    at_ = at;
  }
  Bytes take(std::size_t count) {
    if (count > left()) ends_too_early();
    const Bytes piece = bytes_.subspan(at_, count);
    at_ += count;
    return piece;
  }
  std::uint8_t byte() { return std::to_integer<std::uint8_t>(take(1)[0]); }
  std::uint32_t little(std::size_t count) {
    std::uint32_t value = 0;
    const Bytes piece = take(count);
    for (std::size_t i = count; i-- > 0;) value = value << 8 | std::to_integer<unsigned>(piece[i]);
    return value;
  }

  [[noreturn]] void fail(ErrorCode code, std::string what) const {
    throw Error(code, std::string(name_) + ": " + std::move(what), {.offset = at_});
  }
  [[noreturn]] void ends_too_early() const {
    throw Error(ErrorCode::kTruncated, std::string(name_) + ": the file ends too early",
                {.offset = bytes_.size()});
  }

 private:
  const char* name_;
  Bytes bytes_;
  std::size_t at_;
};

}  // namespace dsprep
