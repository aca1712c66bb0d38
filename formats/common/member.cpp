#include "formats/common/member.h"

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "formats/common/bytes.h"
#include "formats/common/npy.h"

namespace dsprep {
namespace {

struct Magic {
  std::string_view bytes;
  const char* extension;
};
constexpr std::array kMagics = {
    Magic{"\xFF\xD8\xFF", "jpg"}, Magic{"\x89PNG\r\n\x1A\n", "png"},
    Magic{"GIF8", "gif"},         Magic{"BM", "bmp"},
    Magic{{"II*\0", 4}, "tif"},   Magic{{"MM\0*", 4}, "tif"},
    Magic{"P4", "pnm"},           Magic{"P5", "pnm"},
    Magic{"P6", "pnm"},           Magic{"P1", "pnm"},
    Magic{"P2", "pnm"},           Magic{"P3", "pnm"},
};

const char* image_extension(std::string_view text) {
  if (text.starts_with("RIFF") && text.size() >= 12 && text.substr(8, 4) == "WEBP") return "webp";
  for (const Magic& magic : kMagics) {
    if (text.starts_with(magic.bytes)) return magic.extension;
  }
  return "img";
}

// "label" with `cls` gives "cls", "source" with `cls` gives "source.cls".
void set_extension(std::string& out, const Field& field, std::string_view usual_name,
                   std::string_view extension) {
  out.clear();
  if (field.name != usual_name) {
    out += field.name;
    out += '.';
  }
  out += extension;
}

template <class T>
void put_digits(std::vector<std::byte>& out, Bytes value) {
  std::array<char, 24> digits{};
  // A bool counts as 0 or 1; char types would be read as characters.
  using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), Wide{get<T>(value, 0)}).ptr;
  put_bytes(out, as_bytes({digits.data(), static_cast<std::size_t>(end - digits.data())}));
}

void put_class(std::vector<std::byte>& out, DType dtype, Bytes value) {
  switch (dtype) {
    case DType::kBool:
    case DType::kUint8:
      return put_digits<std::uint8_t>(out, value);
    case DType::kInt8:
      return put_digits<std::int8_t>(out, value);
    case DType::kUint16:
      return put_digits<std::uint16_t>(out, value);
    case DType::kInt16:
      return put_digits<std::int16_t>(out, value);
    case DType::kUint32:
      return put_digits<std::uint32_t>(out, value);
    case DType::kInt32:
      return put_digits<std::int32_t>(out, value);
    case DType::kUint64:
      return put_digits<std::uint64_t>(out, value);
    default:
      return put_digits<std::int64_t>(out, value);
  }
}

}  // namespace

void make_member(const Field& field, const FieldValue& value, Member& out) {
  out.prefix.clear();
  out.body = value.bytes;
  const std::string_view text(reinterpret_cast<const char*>(value.bytes.data()),
                              value.bytes.size());
  switch (field.encoding) {
    case Encoding::kClass:
      set_extension(out.extension, field, "label", "cls");
      put_class(out.prefix, field.dtype, value.bytes);
      out.body = {};
      break;
    case Encoding::kImage:
      set_extension(out.extension, field, "image", image_extension(text));
      break;
    case Encoding::kText:
      set_extension(out.extension, field, "text", "txt");
      break;
    case Encoding::kJson:
      set_extension(out.extension, field, "json", "json");
      break;
    case Encoding::kArray:
      out.extension = field.name + ".npy";
      out.prefix = npy_header(npy_descr(dtype_descr(field.dtype)), value.shape.extents());
      break;
    case Encoding::kBytes:
      out.extension = field.name;
      break;
  }
}

}  // namespace dsprep
