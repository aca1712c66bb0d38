#include "dsprep/error.h"
#include "dsprep/tokenizer.h"
#include "formats/common/file.h"
#include "lib/text/models.h"

namespace dsprep {
namespace {

enum class FileKind { kJson, kTiktoken, kSentencePiece };

// JSON begins with a brace. A line of ranks is printable ASCII; a ModelProto begins with the tag of
// its first piece, which is a line feed, and its length.
FileKind kind_of(std::string_view bytes) noexcept {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && bytes[first] == '{') return FileKind::kJson;
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  const auto ranks = [](char c) { return c == ' ' || (c > ' ' && c < 0x7F) || c == '\r'; };
  for (const char c : line)
    if (!ranks(c)) return FileKind::kSentencePiece;
  return line.empty() ? FileKind::kSentencePiece : FileKind::kTiktoken;
}

std::unique_ptr<Tokenizer> load_kind(std::string_view bytes, const std::string& file,
                                     const TokenizerOptions& options) {
  switch (kind_of(bytes)) {
    case FileKind::kJson: return load_tokenizer_json(bytes, file, options);
    case FileKind::kTiktoken: return load_tiktoken(bytes, file, options);
    case FileKind::kSentencePiece: break;
  }
  return load_sentencepiece(bytes, file, options);
}

}  // namespace

std::string_view tokenizer_extension(std::string_view bytes) noexcept {
  switch (kind_of(bytes)) {
    case FileKind::kJson: return "json";
    case FileKind::kTiktoken: return "tiktoken";
    case FileKind::kSentencePiece: break;
  }
  return "model";
}

std::unique_ptr<Tokenizer> load_tokenizer(std::string_view bytes, const std::string& file,
                                          const TokenizerOptions& options) {
  if (bytes.empty()) {
    throw Error(ErrorCode::kEmptyFile, "the tokenizer file is empty", {.file = file},
                "give a .tiktoken, tokenizer.json or SentencePiece .model file");
  }
  try {
    return load_kind(bytes, file, options);
  } catch (const Error& error) {
    if (!error.where().file.empty()) throw;
    Where where = error.where();
    where.file = file;
    throw Error(error.code(), error.message(), where, error.remedy());
  }
}

std::unique_ptr<Tokenizer> Tokenizer::load(const std::filesystem::path& file,
                                           const TokenizerOptions& options) {
  return load_tokenizer(read_text(file), file.string(), options);
}

void refuse_pattern(const TokenizerOptions& options, const std::string& file) {
  if (options.pattern.empty()) return;
  throw Error(ErrorCode::kUsage,
              "says itself how texts are split; a pattern is for .tiktoken files", {.file = file},
              "leave the pattern out");
}

}  // namespace dsprep
