#include "dsprep/error.h"
#include "dsprep/tokenizer.h"
#include "lib/text/split_classes.h"
#include "lib/text/utf8.h"

namespace dsprep {
namespace {

constexpr TokenId kPoints = 0x110000;

bool is_character(TokenId id) { return id < kPoints && (id < 0xD800 || id > 0xDFFF); }

class CharsTokenizer final : public Tokenizer {
 public:
  std::string_view name() const noexcept override { return "chars"; }
  std::uint32_t vocab_size() const noexcept override { return kPoints; }
  bool needs_utf8() const noexcept override { return true; }
  std::string to_file() const override { return ""; }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    require_valid_utf8(text);
    const auto* p = reinterpret_cast<const unsigned char*>(text.data());
    for (const auto* const end = p + text.size(); p < end;) {
      const Character c = decode_character(p);
      ids.push_back(c.point);
      p += c.length;
    }
  }

  std::string decode(std::span<const TokenId> ids) const override {
    std::string text;
    const auto put = [&](TokenId bits) { text += static_cast<char>(bits); };
    const auto put_rest = [&](TokenId bits) { put(0x80 | (bits & 0x3F)); };
    for (const TokenId id : ids) {
      if (!is_character(id))
        throw Error(ErrorCode::kUsage, "id " + std::to_string(id) + " is not a character");
      if (id < 0x80) {
        put(id);
        continue;
      }
      if (id < 0x800) {
        put(0xC0 | id >> 6);
      } else if (id < 0x10000) {
        put(0xE0 | id >> 12);
        put_rest(id >> 6);
      } else {
        put(0xF0 | id >> 18);
        put_rest(id >> 12);
        put_rest(id >> 6);
      }
      put_rest(id);
    }
    return text;
  }

  // Before the last byte that begins a character: the one after it may be cut.
  std::size_t cut(std::string_view text) const noexcept override {
    std::size_t i = text.size();
    while (i > 0 && (static_cast<unsigned char>(text[i - 1]) & 0xC0) == 0x80) --i;
    return i == 0 ? 0 : i - 1;
  }
};

}  // namespace

std::unique_ptr<Tokenizer> make_chars_tokenizer() { return std::make_unique<CharsTokenizer>(); }

}  // namespace dsprep
