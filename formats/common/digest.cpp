#include "dsprep/digest.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "formats/common/bytes.h"
#include "formats/common/wide.h"

namespace dsprep {
namespace {

constexpr Wide kPrime = (Wide(1) << 127) - 1;  // a Mersenne prime: reduction is a shift and an add
constexpr Wide kBase = (Wide(0x5D1745E19C7F3B2AULL) << 64) | Wide(0x9E3779B97F4A7C15ULL);

Wide to_wide(const Hash128& hash) { return (Wide(hash.high) << 64) | hash.low; }
Hash128 from_wide(Wide value) {
  return {static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64)};
}

Wide reduce(Wide value) {
  value = (value & kPrime) + (value >> 127);
  return value >= kPrime ? value - kPrime : value;
}

// a·b mod 2^127−1 for a, b < 2^127: the 254-bit product, folded at bit 127.
Wide multiply(Wide a, Wide b) {
  const Wide256 product = multiply_wide(a, b);
  return reduce((product.low & kPrime) + ((product.high << 1) | (product.low >> 127)));
}

Wide power(Wide base, std::uint64_t exponent) {
  Wide result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result = multiply(result, base);
    base = multiply(base, base);
  }
  return result;
}

void put_text(std::vector<std::byte>& out, std::string_view text) {
  put_u64(out, text.size());
  put_bytes(out, as_bytes(text));
}

}  // namespace

Hash128 sample_hash(const Schema& schema, const Record& record) {
  return SampleHasher(schema)(record);
}

SampleHasher::SampleHasher(const Schema& schema) {
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    FieldForm field{.index = i, .name = {}, .element_bytes = dtype_size(schema.fields[i].dtype)};
    put_text(field.name, schema.fields[i].name);
    put_text(field.name, dtype_name(schema.fields[i].dtype));
    fields_.push_back(std::move(field));
  }
  std::ranges::sort(fields_, {}, [&](const FieldForm& field) -> std::string_view {
    return schema.fields[field.index].name;
  });
}

Hash128 SampleHasher::operator()(const Record& record) {
  std::size_t most = 8 + record.key.size();
  for (const FieldForm& field : fields_) most += field.name.size() + 8 * (kMaxRank + 4);
  if (form_.size() < most) form_.resize(most);
  std::byte* to = form_.data();
  const auto put = [&to](Bytes bytes) { to = std::ranges::copy(bytes, to).out; };
  const auto put_number = [&to](std::uint64_t number) {
    std::memcpy(to, &number, sizeof number);
    to += sizeof number;
  };
  put_number(record.key.size());
  put(as_bytes(record.key));
  for (const FieldForm& field : fields_) {
    const FieldValue& value = record.fields[field.index];
    put(field.name);
    put_number(value.shape.rank());
    for (const std::uint64_t extent : value.shape.extents()) put_number(extent);
    put_number(value.shape.elements() * field.element_bytes);
    const Hash128 hash = value.hash ? *value.hash : xxh3_128(value.bytes);
    put_number(hash.low);
    put_number(hash.high);
  }
  return xxh3_128({form_.data(), to});
}

void Digest::append(const Hash128& sample) {
  polynomial_ = from_wide(reduce(multiply(to_wide(polynomial_), kBase) + reduce(to_wide(sample))));
  ++count_;
}

void Digest::append(const Digest& behind) {
  const Wide shifted = multiply(to_wide(polynomial_), power(kBase, behind.count_));
  polynomial_ = from_wide(reduce(shifted + to_wide(behind.polynomial_)));
  count_ += behind.count_;
}

}  // namespace dsprep
