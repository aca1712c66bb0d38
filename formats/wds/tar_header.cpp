#include "formats/wds/tar_header.h"

#include <algorithm>
#include <cstring>

namespace dsprep {
namespace {

// `width` - 1 octal digits and a zero byte.
void put_octal(char* at, std::size_t width, std::uint64_t value) {
  at[width - 1] = '\0';
  for (std::size_t i = width - 1; i-- > 0; value >>= 3)
    at[i] = static_cast<char>('0' + (value & 7));
}

}  // namespace

TarBlock tar_header(std::string_view name, std::uint64_t size, TarType type) {
  std::array<char, kTarBlock> text{};
  std::copy_n(name.data(), std::min(name.size(), kTarNameBytes), text.data());
  put_octal(&text[100], 8, 0644);
  put_octal(&text[108], 8, 0);
  put_octal(&text[116], 8, 0);
  put_octal(&text[124], 12, size <= kTarMaxSize ? size : 0);
  put_octal(&text[136], 12, 0);
  text[156] = static_cast<char>(type);
  std::memcpy(&text[257],
              "ustar\0"
              "00",
              8);

  std::memset(&text[148], ' ', 8);  // the checksum counts its own field as spaces
  std::uint64_t sum = 0;
  for (const char c : text) sum += static_cast<unsigned char>(c);
  put_octal(&text[148], 7, sum);

  TarBlock block;
  std::memcpy(block.data(), text.data(), kTarBlock);
  return block;
}

std::string pax_record(std::string_view keyword, std::string_view value) {
  const std::size_t rest = keyword.size() + value.size() + 3;  // the space, '=' and '\n'
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  std::string record = std::to_string(length);
  record.append(" ").append(keyword).append("=").append(value).append("\n");
  return record;
}

}  // namespace dsprep
