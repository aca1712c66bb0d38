// Pre-tokenizers: cut a text into the pieces that byte-pair merges work on. A Splitter is immutable
// and may be used by any number of threads, each with a state of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace dsprep {

/// The ends of pieces, as offsets from the text's start. The first piece begins where the call to
/// split() began, each other where the one before it ends.
class PieceEnds {
 public:
  /// Set in an end whose piece belongs to no token: a pattern did not match there.
  static constexpr std::uint32_t kDropped = 1U << 31;

  std::size_t size() const noexcept { return size_; }
  std::uint32_t operator[](std::size_t i) const noexcept { return ends_[i]; }
  std::span<const std::uint32_t> all() const noexcept { return {ends_.data(), size_}; }
  void clear() noexcept { size_ = 0; }
  void push(std::uint32_t end) {
    reserve(1);
    ends_[size_++] = end;
  }
  /// Adds `offset` to the ends from number `first` on.
  void shift(std::size_t first, std::uint32_t offset) noexcept {
    for (std::size_t i = first; i < size_; ++i) ends_[i] += offset;
  }
  /// Room for `count` more: written through next(), counted by added().
  void reserve(std::size_t count) {
    if (size_ + count > ends_.size()) ends_.resize(2 * size_ + count);
  }
  std::uint32_t* next() noexcept { return ends_.data() + size_; }
  void added(std::size_t count) noexcept { size_ += count; }

 private:
  std::vector<std::uint32_t> ends_;
  std::size_t size_ = 0;
};

/// What a splitter needs of its own in each thread.
class SplitState {
 public:
  virtual ~SplitState() = default;
};

class Splitter {
 public:
  /// The longest text of one call.
  static constexpr std::size_t kMaxText = std::size_t{1} << 30;
  /// Where split() looks whether it has done enough for one call, in bytes of text.
  static constexpr std::size_t kStride = 32768;

  virtual ~Splitter() = default;
  virtual std::unique_ptr<SplitState> make_state() const { return nullptr; }
  /// Appends the ends of at least one piece from `position` on and moves `position` to the end of
  /// the last. Requires: valid UTF-8 of at most kMaxText bytes, `position` < text.size() at 0 or
  /// where the last call has left it.
  virtual void split(std::string_view text, std::size_t& position, PieceEnds& ends,
                     SplitState* state) const = 0;
  /// True where every text has a border of pieces between an ASCII letter and a digit, and between
  /// either of them and ASCII white space behind it, whatever else stands in the text.
  virtual bool cuts_before_space() const noexcept = 0;
};

/// The splitter for a pattern that is known (in any of the forms that tokenizer files write it in),
/// or null.
std::unique_ptr<Splitter> known_splitter(std::string_view pattern);

/// The pattern for a name (gpt2, r50k, p50k, cl100k, o200k, qwen, llama3, ...), or empty.
std::string_view pattern_named(std::string_view name) noexcept;

/// DeepSeek's three patterns, one inside the other.
std::unique_ptr<Splitter> make_deepseek_splitter();

/// Numbers apart from the rest: each alone, or as runs (Hugging Face's Digits).
std::unique_ptr<Splitter> make_digits_splitter(bool individual);

/// Cuts the pieces of each splitter with the next one.
std::unique_ptr<Splitter> make_nested_splitter(std::vector<std::unique_ptr<Splitter>> splitters);

/// What becomes of text that a regular expression does not match.
enum class Unmatched : std::uint8_t {
  kDropped,  ///< it gives no tokens, as in tiktoken
  kPiece,    ///< it is a piece, as in Hugging Face's "Isolated"
};

enum class RegexEngine : std::uint8_t {
  kBest,   ///< an automaton where the pattern can be followed without going back, else PCRE2
  kPcre2,  ///< for comparisons
};

/// Any other pattern of tiktoken's dialect. Throws Error(kUnsupportedFormat) that names what it
/// cannot do as tiktoken's engine does it, kUsage for a pattern that is none.
std::unique_ptr<Splitter> make_regex_splitter(std::string_view pattern, Unmatched unmatched,
                                              RegexEngine engine = RegexEngine::kBest);

/// A pattern of Hugging Face's dialect, or null where it takes more than an automaton, or may match
/// nothing at all.
std::unique_ptr<Splitter> hugging_face_splitter(std::string_view pattern, Unmatched unmatched);

}  // namespace dsprep
