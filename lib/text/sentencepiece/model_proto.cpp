#include "lib/text/sentencepiece/model_proto.h"

#include <bit>
#include <cstring>

#include "dsprep/error.h"

namespace dsprep::sentencepiece {
namespace {

// A message in protobuf's wire format: a tag (field number, wire type), then the value.
class Message {
 public:
  Message(std::string_view bytes, std::uint64_t offset, const std::string& file)
      : bytes_(bytes), offset_(offset), file_(&file) {}

  /// The next field; false at the end.
  bool next() {
    if (at_ == bytes_.size()) return false;
    const std::uint64_t tag = varint();
    field_ = tag >> 3;
    switch (tag & 7) {
      case 0:
        number_ = varint();
        break;
      case 1:
        take(8);
        break;
      case 2:
        start_ = 0;
        take(varint());
        break;
      case 5:
        take(4);
        break;
      default:
        fail("a field of an unknown wire type");
    }
    type_ = tag & 7;
    return true;
  }

  std::uint64_t field() const noexcept { return field_; }
  bool boolean() const { return want(0), number_ != 0; }
  std::uint64_t number() const { return want(0), number_; }
  std::string_view bytes() const { return want(2), value_; }
  Message message() const { return want(2), Message(value_, offset_ + start_, *file_); }
  float real() const {
    want(5);
    std::uint32_t bits = 0;
    std::memcpy(&bits, value_.data(), 4);
    return std::bit_cast<float>(bits);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::kCorrupt, "this is not a SentencePiece model: " + what,
                {.file = *file_, .offset = offset_ + at_});
  }
  void want(std::uint64_t type) const {
    if (type_ != type) fail("field " + std::to_string(field_) + " has another type");
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == bytes_.size()) fail("it ends inside a number");
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail("a number is too long");
  }
  void take(std::uint64_t size) {
    if (size > bytes_.size() - at_) fail("it ends inside a field");
    start_ = at_;
    value_ = bytes_.substr(at_, size);
    at_ += size;
  }

  std::string_view bytes_, value_;
  std::uint64_t offset_;
  const std::string* file_;
  std::size_t at_ = 0, start_ = 0;
  std::uint64_t field_ = 0, number_ = 0, type_ = 0;
};

Piece read_piece(Message message) {
  Piece piece;
  while (message.next()) {
    if (message.field() == 1) piece.text = message.bytes();
    if (message.field() == 2) piece.score = message.real();
    if (message.field() == 3) piece.type = static_cast<PieceType>(message.number());
  }
  return piece;
}

void read_trainer(Message message, ModelProto& model) {
  while (message.next()) {
    if (message.field() == 3) model.type = static_cast<ModelType>(message.number());
    if (message.field() == 24) model.treat_whitespace_as_suffix = message.boolean();
    if (message.field() == 35) model.byte_fallback = message.boolean();
    if (message.field() == 44) model.unknown_surface = message.bytes();
  }
}

NormalizerSpec read_normalizer(Message message) {
  NormalizerSpec spec;
  while (message.next()) {
    if (message.field() == 2) spec.charsmap = message.bytes();
    if (message.field() == 3) spec.add_dummy_prefix = message.boolean();
    if (message.field() == 4) spec.remove_extra_whitespaces = message.boolean();
    if (message.field() == 5) spec.escape_whitespaces = message.boolean();
  }
  return spec;
}

}  // namespace

ModelProto read_model_proto(std::string_view bytes, const std::string& file) {
  ModelProto model;
  Message message(bytes, 0, file);
  while (message.next()) {
    if (message.field() == 1) model.pieces.push_back(read_piece(message.message()));
    if (message.field() == 2) read_trainer(message.message(), model);
    if (message.field() == 3) model.normalizer = read_normalizer(message.message());
    if (message.field() == 5) {
      model.denormalizer = read_normalizer(message.message());
      model.has_denormalizer = !model.denormalizer.charsmap.empty();
    }
  }
  return model;
}

}  // namespace dsprep::sentencepiece
