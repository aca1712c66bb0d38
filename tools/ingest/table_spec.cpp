#include "tools/ingest/table_spec.h"

#include <algorithm>

#include "dsprep/error.h"
#include "formats/common/text.h"
#include "tools/ingest/table_value.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kMostRange = 1 << 20;

[[noreturn]] void refuse(std::string_view item, const std::string& why) {
  throw Error(ErrorCode::kUsage, "--columns: '" + std::string(item) + "' " + why, {},
              "write [FIELD=]COLUMN[+COLUMN…][:TYPE][?DEFAULT], …; quote names with \"");
}

// Reads an item from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view spec) : spec_(spec) {}

  bool done() const noexcept { return at_ == spec_.size(); }
  char peek() const noexcept { return done() ? '\0' : spec_[at_]; }
  bool take(char c) noexcept {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }
  // A name up to one of `stops`, or in quotes.
  std::string name(std::string_view stops, bool& quoted) {
    quoted = take('"');
    std::string text;
    if (quoted) {
      while (true) {
        if (done()) refuse(spec_, "has a quote that is not closed");
        if (!take('"')) {
          text += spec_[at_++];
        } else if (take('"')) {
          text += '"';
        } else {
          return text;
        }
      }
    }
    while (!done() && stops.find(peek()) == stops.npos) text += spec_[at_++];
    while (text.ends_with(' ')) text.pop_back();
    while (text.starts_with(' ')) text.erase(0, 1);
    return text;
  }
  void skip_spaces() {
    while (take(' ')) {
    }
  }
  std::string_view spec() const noexcept { return spec_; }

 private:
  std::string_view spec_;
  std::size_t at_ = 0;
};

void add_columns(const std::string& name, bool quoted, std::string_view spec, ColumnItem& item) {
  if (name.empty()) refuse(spec, "has a column without a name");
  const std::size_t dots = quoted ? name.npos : name.find("..");
  const auto first = dots == name.npos ? std::nullopt : parse_u64(name.substr(0, dots));
  const auto last = first ? parse_u64(name.substr(dots + 2)) : std::nullopt;
  if (!last) {
    item.columns.push_back(name);
    return;
  }
  if (*first > *last || *last - *first >= kMostRange) refuse(name, "is no range of columns");
  for (std::uint64_t i = *first; i <= *last; ++i) item.columns.push_back(std::to_string(i));
  item.vector = true;
}

ColumnItem parse_item(Scanner& in) {
  ColumnItem item;
  bool quoted = false;
  in.skip_spaces();
  std::string name = in.name("=+:?,", quoted);
  if (in.take('=')) {
    item.field = name;
    in.skip_spaces();
    name = in.name("+:?,", quoted);
  }
  if (!quoted && name == "*") {
    item.vector = true;
  } else {
    add_columns(name, quoted, in.spec(), item);
    in.skip_spaces();
    while (in.take('+')) {
      item.vector = true;
      in.skip_spaces();
      if (in.done() || in.peek() == ':' || in.peek() == '?' || in.peek() == ',') break;
      name = in.name("+:?,", quoted);
      add_columns(name, quoted, in.spec(), item);
      in.skip_spaces();
    }
  }
  if (in.take(':')) item.type = parse_column_type(in.name("?,", quoted));
  if (in.take('?')) item.standard = in.name(",", quoted);
  in.skip_spaces();
  return item;
}

void check_default(const std::string& text, const ColumnType& type) {
  const std::string what = "the default '" + escape_controls(text) + "' is no ";
  const char* const remedy = "write one that the type can hold";
  if (type.form == ColumnType::Form::kOrdinal &&
      std::ranges::find(type.order, text) == type.order.end())
    throw Error(ErrorCode::kUsage, "--columns: " + what + "value of " + column_type_name(type), {},
                remedy);
  if (type.form != ColumnType::Form::kNumber) return;
  std::byte number[8];
  try {
    put_number({.kind = Cell::Kind::kText, .text = text}, type.dtype, number);
  } catch (const Error&) {
    throw Error(ErrorCode::kUsage, "--columns: " + what + std::string(dtype_name(type.dtype)), {},
                remedy);
  }
}

void check_item(const ColumnItem& item, std::string_view spec) {
  const auto is = [&](ColumnType::Form form) { return item.type && item.type->form == form; };
  if (item.vector && is(ColumnType::Form::kText)) refuse(spec, "puts texts into a vector");
  if (item.vector && is(ColumnType::Form::kOneHot)) refuse(spec, "puts a vector into a vector");
  if (item.columns.size() > 1 && item.field.empty())
    refuse(spec, "joins columns and does not name their field");
  if (item.rest() && item.standard && !item.type) refuse(spec, "has a default without a type");
  if (item.standard && item.type) check_default(*item.standard, *item.type);
}

// "ordinal(small<medium<large)"
ColumnType ordinal_type(std::string_view text) {
  ColumnType type{ColumnType::Form::kOrdinal, DType::kUint16};
  std::string_view rest = text.substr(8, text.size() - 9);
  while (true) {
    const std::size_t end = std::min(rest.find('<'), rest.size());
    type.order.emplace_back(rest.substr(0, end));
    if (type.order.back().empty() ||
        std::ranges::count(type.order, type.order.back()) != 1)
      refuse(text, "has a value that is empty or stands there twice");
    if (end == rest.size()) return type;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

std::string column_type_name(const ColumnType& type) {
  if (type.form == ColumnType::Form::kText) return "text";
  if (type.form == ColumnType::Form::kCategory) return "category";
  if (type.form == ColumnType::Form::kOneHot) return "onehot";
  if (type.form == ColumnType::Form::kOrdinal) {
    std::string values;
    for (const std::string& value : type.order) values += (values.empty() ? "" : "<") + value;
    return "ordinal(" + values + ")";
  }
  return std::string(dtype_name(type.dtype));
}

ColumnType parse_column_type(std::string_view text) {
  if (text == "text") return {ColumnType::Form::kText, DType::kUint8};
  if (text == "category") return {ColumnType::Form::kCategory, DType::kUint16};
  if (text == "onehot") return {ColumnType::Form::kOneHot, DType::kFloat32};
  if (text.starts_with("ordinal(") && text.ends_with(")")) return ordinal_type(text);
  const auto dtype = dtype_from_name(text);
  if (dtype && *dtype != DType::kFloat16) return {ColumnType::Form::kNumber, *dtype};
  throw Error(ErrorCode::kUsage, "--columns: '" + std::string(text) + "' is no type of a column",
              {}, "use float32, float64, int8 … int64, uint8 … uint64, bool, text, category, "
              "onehot or ordinal(A<B<…)");
}

std::vector<ColumnItem> parse_columns(std::string_view spec) {
  std::vector<ColumnItem> items;
  Scanner in(spec);
  do {
    items.push_back(parse_item(in));
    check_item(items.back(), spec);
  } while (in.take(','));
  if (!in.done()) refuse(spec, "goes on with '" + std::string(1, in.peek()) + "'");
  if (std::ranges::count_if(items, &ColumnItem::rest) > 1) refuse(spec, "has '*' twice");
  return items;
}

std::string field_of_column(std::string_view column) {
  std::string name;
  for (const char c : column.substr(0, 64)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool legal = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    name += upper ? static_cast<char>(c - 'A' + 'a') : legal ? c : '_';
  }
  return name == "key" || name == "label" ? name + "_" : name;
}

}  // namespace dsprep
