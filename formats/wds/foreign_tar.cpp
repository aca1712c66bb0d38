// Tar files that other software wrote, read as the webdataset package reads them.
#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "formats/common/foreign.h"
#include "formats/wds/tar_scan.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostFields =
    1000;  // more extensions than this: the names are no WebDataset names
constexpr std::size_t kMostFieldName = 56;

struct KeyAndField {
  std::string_view key, field;
};

// webdataset's base_plus_ext, ^((?:.*/|)[^.]+)[.]([^/]*)$: the key ends at the first point of the
// last component.
std::optional<KeyAndField> split_name(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const std::size_t base = slash == name.npos ? 0 : slash + 1;
  const std::size_t point = name.find('.', base);
  if (point == name.npos || point == 0) return std::nullopt;
  if (point == base) {
    // "folder/.txt": the key is "folder/", unless that component has a point of its own.
    const std::string_view folders = name.substr(0, slash);
    const std::size_t before = folders.rfind('/');
    if (folders.find('.', before == folders.npos ? 0 : before + 1) != folders.npos)
      return std::nullopt;
  }
  return KeyAndField{name.substr(0, point), name.substr(point + 1)};
}

// What the package calls metadata and passes over: a first component __x__.
bool is_meta(std::string_view name) {
  const std::string_view first = name.substr(0, name.find('/'));
  return first.size() >= 4 && first.starts_with("__") && first.ends_with("__");
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

class ForeignTar final : public ForeignReader {
 public:
  explicit ForeignTar(InputFile file)
      : ForeignReader(file.path(), Container::kWds), file_(std::move(file)) {
    scan_tar(file_, [this](TarMember&& member) { add(member); });
    header_.split = file_.path().stem().string();
    check_together();
    name_fields();
  }

  std::uint64_t size() const noexcept override { return samples_.size(); }
  std::string_view key(std::uint64_t position, ReadBuffer& buffer) const override {
    check_position(position);
    return buffer.key = samples_[position].key;
  }

 private:
  struct Sample {
    std::string key;
    std::size_t first = 0;  // of its values; they go on to the next sample's first
  };
  struct Value {
    std::size_t field = 0;
    Place place;
  };

  void add(const TarMember& member);
  void check_together() const;
  void name_fields();
  std::span<const Value> values_of(std::uint64_t position) const {
    const std::size_t first = samples_[position].first;
    const std::size_t end =
        position + 1 < samples_.size() ? samples_[position + 1].first : values_.size();
    return std::span(values_).subspan(first, end - first);
  }
  Place place(std::uint64_t position, std::size_t field) const override {
    const auto values = values_of(position);
    const auto found = std::ranges::find(values, field, &Value::field);
    return found == values.end() ? Place{} : found->place;
  }
  void load(const Place& place, std::span<std::byte> out) const override {
    file_.read_at(place.offset, out);
  }

  InputFile file_;
  std::vector<Sample> samples_;
  std::vector<Value> values_;                  // of all samples, in order
  std::map<std::string, std::size_t> fields_;  // by extension: index into the schema
  std::vector<std::uint64_t> present_;         // samples that have the field
};

void ForeignTar::add(const TarMember& member) {
  const auto name = split_name(member.name);
  if (!name || is_meta(member.name)) return;
  const auto [entry, is_new] = fields_.try_emplace(lower_case(name->field), fields_.size());
  const std::size_t field = entry->second;
  if (is_new) present_.push_back(0);
  if (fields_.size() > kMostFields) {
    throw Error(ErrorCode::kUnsupportedFormat,
                "more than 1000 different extensions: no WebDataset shard",
                {.file = path_.string(), .offset = member.header});
  }
  if (samples_.empty() || samples_.back().key != name->key)
    samples_.push_back({std::string(name->key), values_.size()});
  if (std::ranges::find(values_of(samples_.size() - 1), field, &Value::field) !=
      values_of(samples_.size() - 1).end()) {
    throw Error(ErrorCode::kCorrupt, "the field '" + entry->first + "' stands twice in one sample",
                {.file = path_.string(), .sample = samples_.size() - 1, .offset = member.header});
  }
  values_.push_back({field, {member.offset, member.length}});
  ++present_[field];
}

// A key that comes twice with other fields each time is one sample whose members do not stand
// together: read as two it would be half empty both times.
void ForeignTar::check_together() const {
  std::vector<std::size_t> order(samples_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {},
                           [&](std::size_t i) -> const std::string& { return samples_[i].key; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (samples_[order[i]].key != samples_[order[i - 1]].key) continue;
    const auto before = values_of(order[i - 1]), now = values_of(order[i]);
    const bool shared = std::ranges::any_of(now, [&](const Value& value) {
      return std::ranges::find(before, value.field, &Value::field) != before.end();
    });
    if (shared) continue;
    throw Error(ErrorCode::kCorrupt,
                "the members of sample '" + samples_[order[i]].key + "' do not stand together",
                {.file = path_.string(), .sample = order[i], .offset = now.front().place.offset},
                "write the tar anew, sorted by name");
  }
}

// Extensions as names that a schema allows; in the order in which they appeared.
void ForeignTar::name_fields() {
  Schema& schema = header_.schema;
  schema.fields.resize(fields_.size());
  for (const auto& [extension, index] : fields_) {
    std::string name = extension.substr(0, kMostFieldName);
    std::ranges::replace_if(
        name,
        [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'); },
        '_');
    if (name.empty() || name == "key") name += '_';
    const std::string wanted = name;
    for (std::size_t again = 2; schema.find(name); ++again)
      name = wanted + "_" + std::to_string(again);
    Encoding encoding = encoding_of_extension(extension);
    // A class has no empty value: where a sample lacks it, the digits are given as they stand.
    if (encoding == Encoding::kClass && present_[index] != samples_.size())
      encoding = Encoding::kBytes;
    schema.fields[index] = encoding == Encoding::kClass
                               ? Field{name, DType::kInt64, {}, encoding}
                               : Field{name, DType::kUint8, {-1}, encoding};
  }
}

}  // namespace

Encoding encoding_of_extension(std::string_view extension) noexcept {
  static constexpr std::array kEncodings = {std::pair{std::string_view("cls"), Encoding::kClass},
                                            std::pair{std::string_view("index"), Encoding::kClass},
                                            std::pair{std::string_view("id"), Encoding::kClass},
                                            std::pair{std::string_view("txt"), Encoding::kText},
                                            std::pair{std::string_view("json"), Encoding::kJson},
                                            std::pair{std::string_view("jpg"), Encoding::kImage},
                                            std::pair{std::string_view("jpeg"), Encoding::kImage},
                                            std::pair{std::string_view("png"), Encoding::kImage},
                                            std::pair{std::string_view("webp"), Encoding::kImage}};
  const std::string_view last = extension.substr(extension.rfind('.') + 1);  // npos + 1 is 0
  const auto* found =
      std::ranges::find(kEncodings, last, [](const auto& entry) { return entry.first; });
  return found == kEncodings.end() ? Encoding::kBytes : found->second;
}

std::unique_ptr<ShardReader> open_foreign_tar(InputFile file) {
  return std::make_unique<ForeignTar>(std::move(file));
}

}  // namespace dsprep
