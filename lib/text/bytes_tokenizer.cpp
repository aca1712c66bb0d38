#include "dsprep/error.h"
#include "dsprep/tokenizer.h"

namespace dsprep {
namespace {

class BytesTokenizer final : public Tokenizer {
 public:
  std::string_view name() const noexcept override { return "bytes"; }
  std::uint32_t vocab_size() const noexcept override { return 256; }
  bool needs_utf8() const noexcept override { return false; }
  std::string to_file() const override { return ""; }
  std::size_t cut(std::string_view text) const noexcept override { return text.size(); }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    const std::size_t start = ids.size();
    ids.resize(start + text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
      ids[start + i] = static_cast<unsigned char>(text[i]);
  }

  std::string decode(std::span<const TokenId> ids) const override {
    std::string text;
    text.reserve(ids.size());
    for (const TokenId id : ids) {
      if (id > 255) throw Error(ErrorCode::kUsage, "id " + std::to_string(id) + " is not a byte");
      text += static_cast<char>(id);
    }
    return text;
  }
};

}  // namespace

std::unique_ptr<Tokenizer> make_bytes_tokenizer() { return std::make_unique<BytesTokenizer>(); }

}  // namespace dsprep
