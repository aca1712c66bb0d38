#include "tools/ingest/value_counts.h"

#include <algorithm>

#include "formats/common/bytes.h"
#include "lib/stats/counted_fit.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostFields = 8;  // up to 3 MB each, in every thread

}  // namespace

ValueCounts::ValueCounts(const Schema& schema) : fields_(schema.fields.size()) {
  std::size_t counted = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (counted == kMostFields || !counts_values(schema.fields[i])) continue;
    fields_[i].emplace(schema.fields[i].dtype);
    ++counted;
  }
}

void ValueCounts::add(const Batch& batch, std::uint32_t split, bool parts) {
  for (std::size_t i = 0; i < batch.samples.size(); ++i) {
    const PreparedSample& sample = batch.samples[i];
    if (sample.split != split || (sample.part != ValuePart::kWhole && !parts)) continue;
    const bool more = sample.part == ValuePart::kMore;
    const FieldValue* const values = batch.values.data() + i * fields_.size();
    for (std::size_t f = 0; f < (more ? 1 : fields_.size()); ++f) {
      if (fields_[f]) fields_[f]->add(values[f].bytes);
    }
    samples_ += more ? 0 : 1;
  }
  for (auto& field : fields_) {
    if (field && field->beyond()) field.reset();
  }
}

void ValueCounts::merge(ValueCounts& other) {
  samples_ += other.samples_;
  for (std::size_t f = 0; f < fields_.size(); ++f) {
    if (!other.fields_[f]) fields_[f].reset();
    if (fields_[f]) fields_[f]->merge(*other.fields_[f]);
  }
}

bool ValueCounts::any() const noexcept {
  return std::ranges::any_of(fields_, [](const auto& field) { return field.has_value(); });
}

IntegerCounts* ValueCounts::field(std::size_t index) noexcept {
  return fields_[index] ? &*fields_[index] : nullptr;
}

//   u64 samples, then a field: u8 counted, and IntegerCounts::save() where it is 1
std::vector<std::byte> ValueCounts::save() {
  std::vector<std::byte> out;
  put_u64(out, samples_);
  for (auto& field : fields_) {
    out.push_back(std::byte{field ? std::uint8_t{1} : std::uint8_t{0}});
    if (field) field->save(out);
  }
  return out;
}

bool ValueCounts::load(Bytes in) {
  if (in.size() < sizeof samples_) return false;
  samples_ += get<std::uint64_t>(in, 0);
  in = in.subspan(sizeof samples_);
  for (auto& field : fields_) {
    if (in.empty()) return false;
    const bool counted = in.front() != std::byte{0};
    in = in.subspan(1);
    if (!counted) {
      field.reset();
      continue;
    }
    // A field that others could not count is passed over all the same.
    const std::optional<std::size_t> size =
        field ? field->load(in) : IntegerCounts(DType::kUint32).load(in);
    if (!size) return false;
    in = in.subspan(*size);
  }
  return in.empty();
}

}  // namespace dsprep
