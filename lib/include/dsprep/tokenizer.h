// Tokenizer: text to ids and back. Const members may be called by any number of threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsprep {

using TokenId = std::uint32_t;

/// What the text of special (added) tokens becomes where it stands in a text.
enum class SpecialTokens : std::uint8_t {
  kDefault,  ///< kText for .tiktoken and .model files, kAllow for a tokenizer.json
  kAllow,    ///< its id
  kForbid,   ///< an error
  kText,     ///< ordinary text
};

struct TokenizerOptions {
  /// How a .tiktoken file's text is split: gpt2, r50k, p50k, cl100k, o200k, qwen or a regular
  /// expression of tiktoken's dialect. Empty: told by the file's ranks, where they are known. Other
  /// files say it themselves: with them a pattern is an error.
  std::string pattern = {};
  SpecialTokens special = SpecialTokens::kDefault;
};

/// Ids that a tokenizer's file puts around a text, such as [CLS] and [SEP].
struct TextMarks {
  std::vector<TokenId> front;
  std::vector<TokenId> back;
  friend bool operator==(const TextMarks&, const TextMarks&) = default;
};

/// What a part of a document hands over to the next one.
struct TextCarry {
  bool started = false;  ///< there was a part before
  float score = 0;       ///< of all parts before (SentencePiece's unigram models)
};

class Tokenizer {
 public:
  /// Reads a .tiktoken, tokenizer.json or SentencePiece .model file; its bytes tell which. Throws
  /// kNotFound, kIo, kCorrupt, and kUnsupportedFormat that names what the file asks for and is not
  /// supported: ids are never approximate.
  static std::unique_ptr<Tokenizer> load(const std::filesystem::path& file,
                                         const TokenizerOptions& options = {});

  virtual ~Tokenizer() = default;
  /// "bytes", "words", …
  virtual std::string_view name() const noexcept = 0;
  /// Ids are below this number.
  virtual std::uint32_t vocab_size() const noexcept = 0;
  /// Appends the ids of `text` to `ids`. `text` is UTF-8 unless the tokenizer works on bytes.
  virtual void encode(std::string_view text, std::vector<TokenId>& ids) const = 0;
  /// The text of `ids`; throws kUsage for an id that is not in the vocabulary.
  virtual std::string decode(std::span<const TokenId> ids) const = 0;
  /// The file that holds this tokenizer, to travel with a dataset; empty for one that needs no
  /// file.
  virtual std::string to_file() const = 0;
  /// The id with which its file ends texts (</s>, <|endoftext|>, …), where it names one.
  virtual std::optional<TokenId> end_of_text() const { return std::nullopt; }
  /// What the post-processor of its tokenizer.json puts around a single text; nothing where the
  /// file has none. encode() leaves it out. Throws kUnsupportedFormat for a post-processor that
  /// does something else.
  virtual TextMarks marks() const { return {}; }
  /// True where `encode` needs valid UTF-8.
  virtual bool needs_utf8() const noexcept = 0;
  /// The last place p in `text` where a document may be cut without changing its ids: whatever
  /// follows `text`, encode_part() gives for text[0, p) and then for the rest what encode() gives
  /// for the whole. 0 where there is none, or none is known. Any bytes are allowed.
  virtual std::size_t cut(std::string_view text) const noexcept;
  /// Appends the ids of the next part of a document; `carry` is a new one for the first part. The
  /// part must be valid UTF-8 where needs_utf8(): not every tokenizer looks once more.
  virtual void encode_part(std::string_view text, TextCarry& carry,
                           std::vector<TokenId>& ids) const {
    carry.started = true;
    encode(text, ids);
  }
  /// True where parts must be encoded in their order, with one carry. Where not, any thread may
  /// encode any part with a carry of its own, `started` for all but the first.
  virtual bool needs_order() const noexcept { return false; }

  /// Appends the ids of all texts to `ids`, and for each text the size that `ids` has then to
  /// `ends`. The same ids as encode(), sooner where texts are short. Throws what encode() throws;
  /// both hold a part then.
  virtual void encode_many(std::span<const std::string_view> texts, std::vector<TokenId>& ids,
                           std::vector<std::size_t>& ends) const;

  /// Encodes texts[i] to ids[i] with `threads` threads. The same ids as encode(); what it throws
  /// for the first text that fails is thrown.
  std::vector<std::vector<TokenId>> encode_batch(std::span<const std::string_view> texts,
                                                 unsigned threads) const;
};

/// One id a byte, 0 to 255.
std::unique_ptr<Tokenizer> make_bytes_tokenizer();

/// One id a character: its code point, so the vocabulary is fixed (0x110000 ids; uint32).
std::unique_ptr<Tokenizer> make_chars_tokenizer();

/// One id a word; words stand between white space (Unicode's White_Space). words[0] is <pad> and
/// words[1] is <unk>, the id of every word that is not in the list. Its file is a tokenizer.json
/// (WordLevel, WhitespaceSplit) that Hugging Face's tokenizers reads. Throws kUsage for two equal
/// words.
std::unique_ptr<Tokenizer> make_words_tokenizer(std::vector<std::string> words);

/// Tokenizer::load of bytes that are in memory already; `file` is for messages.
std::unique_ptr<Tokenizer> load_tokenizer(std::string_view bytes, const std::string& file,
                                          const TokenizerOptions& options = {});

/// "json", "tiktoken" or "model": what a file of these bytes is named by.
std::string_view tokenizer_extension(std::string_view bytes) noexcept;

}  // namespace dsprep
