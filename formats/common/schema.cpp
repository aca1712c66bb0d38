#include "dsprep/schema.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

struct DTypeRow {
  DType dtype;
  const char* name;
  const char* descr;
};
constexpr std::array kDTypes = {
    DTypeRow{DType::kBool, "bool", "|b1"},       DTypeRow{DType::kUint8, "uint8", "|u1"},
    DTypeRow{DType::kInt8, "int8", "|i1"},       DTypeRow{DType::kUint16, "uint16", "<u2"},
    DTypeRow{DType::kInt16, "int16", "<i2"},     DTypeRow{DType::kUint32, "uint32", "<u4"},
    DTypeRow{DType::kInt32, "int32", "<i4"},     DTypeRow{DType::kUint64, "uint64", "<u8"},
    DTypeRow{DType::kInt64, "int64", "<i8"},     DTypeRow{DType::kFloat16, "float16", "<f2"},
    DTypeRow{DType::kFloat32, "float32", "<f4"}, DTypeRow{DType::kFloat64, "float64", "<f8"},
};
const DTypeRow& row_of(DType dtype) noexcept { return kDTypes[static_cast<std::size_t>(dtype)]; }

constexpr std::array kEncodings = {"array", "class", "image", "text", "json", "bytes"};

[[noreturn]] void refuse(const std::string& field, const std::string& why) {
  throw Error(ErrorCode::kUsage, why, {.field = field});
}

void validate_columns(const Field& field) {
  if (field.columns.empty()) return;
  if (field.shape.empty() || field.shape.back() != static_cast<std::int64_t>(field.columns.size())) {
    refuse(field.name, "has " + std::to_string(field.columns.size()) +
                           " names of columns, and its last axis another length");
  }
  std::set<std::string_view> names;
  for (const std::string& name : field.columns) {
    if (name.empty() || !is_utf8(name)) refuse(field.name, "a column's name is UTF-8 and not empty");
    if (!names.insert(name).second) refuse(field.name, "two columns are named '" + name + "'");
  }
}

void validate_field(const Field& field) {
  const auto legal = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (field.name.empty() || field.name.size() > 64 || !std::ranges::all_of(field.name, legal)) {
    refuse(field.name, "a field's name is 1 to 64 of a-z, 0-9 and _");
  }
  if (field.name == "key") refuse(field.name, "the name 'key' is taken by the sample's key");
  if (field.shape.size() > kMaxRank) refuse(field.name, "more than 8 dimensions");
  for (const std::int64_t extent : field.shape) {
    if (extent < -1) refuse(field.name, "an extent is -1 (ragged) or not negative");
  }
  if (field.encoding == Encoding::kClass && (!field.shape.empty() || field.dtype >= DType::kFloat16)) {
    refuse(field.name, "a class is one integer: a scalar of an integer dtype");
  }
  const bool opaque = field.encoding != Encoding::kArray && field.encoding != Encoding::kClass;
  if (opaque && (field.dtype != DType::kUint8 || field.shape != std::vector<std::int64_t>{-1})) {
    refuse(field.name, "encoded bytes have dtype uint8 and shape (-1)");
  }
  validate_columns(field);
  if (!field.ragged()) (void)field.row_bytes();
}

}  // namespace

std::string_view dtype_name(DType dtype) noexcept { return row_of(dtype).name; }
std::string_view dtype_descr(DType dtype) noexcept { return row_of(dtype).descr; }

std::optional<DType> dtype_from_name(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kDTypes, name, &DTypeRow::name);
  return found == kDTypes.end() ? std::nullopt : std::optional(found->dtype);
}

std::optional<DType> dtype_from_descr(std::string_view descr) noexcept {
  const auto* found = std::ranges::find(kDTypes, descr, &DTypeRow::descr);
  return found == kDTypes.end() ? std::nullopt : std::optional(found->dtype);
}

std::string_view encoding_name(Encoding encoding) noexcept {
  return kEncodings[static_cast<std::size_t>(encoding)];
}

std::optional<Encoding> encoding_from_name(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kEncodings, name);
  if (found == kEncodings.end()) return std::nullopt;
  return static_cast<Encoding>(found - kEncodings.begin());
}

void Shape::refuse_rank() {
  throw Error(ErrorCode::kUsage, "a shape has 8 dimensions at most");
}

void Shape::refuse_elements() {
  throw Error(ErrorCode::kCorrupt, "the shape has more elements than 64 bits count");
}

bool operator==(const Shape& a, const Shape& b) noexcept {
  return std::ranges::equal(a.extents(), b.extents());
}

bool Field::ragged() const noexcept { return std::ranges::find(shape, -1) != shape.end(); }

std::uint64_t Field::row_bytes() const {
  std::uint64_t bytes = dtype_size(dtype);
  for (const std::int64_t extent : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes)) {
      throw Error(ErrorCode::kUsage, "one value has more bytes than 64 bits count", {.field = name});
    }
  }
  return bytes;
}

bool Field::accepts(const Shape& value) const noexcept {
  if (value.rank() != shape.size()) return false;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] != -1 && static_cast<std::uint64_t>(shape[axis]) != value[axis]) return false;
  }
  return true;
}

std::optional<std::size_t> Schema::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(fields, name, &Field::name);
  if (found == fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - fields.begin());
}

std::size_t Schema::index_of(std::string_view name) const {
  if (const auto index = find(name)) return *index;
  std::string known;
  for (const Field& field : fields) known += (known.empty() ? "" : ", ") + field.name;
  throw Error(ErrorCode::kNotFound, "no such field", {.field = std::string(name)}, "there are: " + known);
}

void Schema::validate() const {
  if (fields.empty()) throw Error(ErrorCode::kUsage, "a schema has one field at least");
  std::set<std::string_view> names;
  for (const Field& field : fields) {
    validate_field(field);
    if (!names.insert(field.name).second) refuse(field.name, "two fields have this name");
  }
}

std::string schema_to_json(const Schema& schema) {
  nlohmann::json list = nlohmann::json::array();
  for (const Field& field : schema.fields) {
    list.push_back({{"name", field.name},
                    {"dtype", dtype_name(field.dtype)},
                    {"encoding", encoding_name(field.encoding)},
                    {"shape", field.shape}});
    if (!field.columns.empty()) list.back()["columns"] = field.columns;
  }
  return list.dump();
}

Schema schema_from_json(std::string_view json) {
  try {
    Schema schema;
    for (const auto& entry : nlohmann::json::parse(json)) {
      const auto dtype = dtype_from_name(entry.at("dtype").get<std::string>());
      const auto encoding = encoding_from_name(entry.at("encoding").get<std::string>());
      if (!dtype || !encoding) throw Error(ErrorCode::kCorrupt, "a field of unknown dtype or encoding");
      schema.fields.push_back({entry.at("name"), *dtype, entry.at("shape"), *encoding, {}});
      if (const auto names = entry.find("columns"); names != entry.end())
        schema.fields.back().columns = names->get<std::vector<std::string>>();
    }
    schema.validate();
    return schema;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::kCorrupt, std::string("the schema is not as it must be: ") + error.what());
  }
}

}  // namespace dsprep
