#include "formats/wds/tar_name.h"

#include <algorithm>
#include <charconv>

#include "formats/common/text.h"

namespace dsprep {
namespace {

constexpr std::size_t kLongestExtension = 5;

bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void put_escaped(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void put_component(std::string& out, std::string_view component, bool last, bool utf8) {
  const bool dots = last || component == "." || component == "..";
  const bool meta =
      component.size() >= 4 && component.starts_with("__") && component.ends_with("__");
  for (std::size_t i = 0; i < component.size(); ++i) {
    const char c = component[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || byte < 0x20 || byte == 0x7F || (c == '.' && dots) || (meta && i == 0) ||
        (byte > 0x7F && !utf8)) {
      put_escaped(out, c);
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string_view key_stem(std::string_view key) noexcept {
  const std::size_t slash = key.rfind('/');
  const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
  const std::size_t dot = key.rfind('.');
  if (dot == std::string_view::npos || dot <= start) return key;
  const std::string_view extension = key.substr(dot + 1);
  const bool is_extension = !extension.empty() && extension.size() <= kLongestExtension &&
                            std::ranges::all_of(extension, is_alphanumeric);
  return is_extension ? key.substr(0, dot) : key;
}

std::string tar_name(std::string_view key, bool keep_extension) {
  const std::string_view name = keep_extension ? key : key_stem(key);
  const bool utf8 = is_utf8(name);
  std::string out;
  out.reserve(name.size() + 8);
  for (std::size_t start = 0;;) {
    const std::size_t slash = std::min(name.find('/', start), name.size());
    put_component(out, name.substr(start, slash - start), slash == name.size(), utf8);
    if (slash == name.size()) return out;
    const bool makes_empty = slash == start || slash + 1 == name.size();
    if (makes_empty) {
      put_escaped(out, '/');
    } else {
      out += '/';
    }
    start = slash + 1;
  }
}

std::string unescape_tar_name(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    unsigned byte = 0;
    const char* digits = name.data() + i + 1;
    if (name[i] == '%' && i + 2 < name.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += name[i];
    }
  }
  return out;
}

}  // namespace dsprep
