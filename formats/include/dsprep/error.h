// Error: the one exception that dsprep throws. It says what class of fault it is, where it sits and what to do.
// Value type, no shared state: safe to copy between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsprep {

/// Classes of faults. Their names (`error_class_name`) are what tools print and what rejects.jsonl lists.
enum class ErrorCode : std::uint8_t {
  kUsage,              ///< the caller asked for something that cannot be
  kNotFound,           ///< a file, split, field or sample that is not there
  kIo,                 ///< the operating system refused to read or write
  kCorrupt,            ///< bytes are not what was written, or not what their format demands
  kVersion,            ///< written by a newer format, another build or other codecs
  kRejected,           ///< a limit that the user set on rejected inputs is passed
  kEmptyFile,          ///< an input of 0 bytes
  kTruncated,          ///< an input that ends too early
  kNotAnImage,         ///< an input whose bytes are no picture
  kUnsupportedFormat,  ///< a picture or a feature that is known, but not supported
  kTooLarge,           ///< an input over a stated limit
  kPermissionDenied,   ///< an input that may not be read
  kNoImages,           ///< inputs without one usable picture
  kSymlinkLoop,        ///< a folder that contains itself through a symbolic link
  kBadRow,             ///< a line or row that does not fit its file's form
  kBadEncoding,        ///< text that is not UTF-8
  kDuplicateKey,       ///< two inputs with one key
  kInterrupted,        ///< stopped by the user; what is done is kept
  kInternal,           ///< a fault of dsprep itself
};

/// "corrupt" for kCorrupt, and so on: stable words, part of the command line's contract.
std::string_view error_class_name(ErrorCode code) noexcept;
/// The inverse of `error_class_name`.
std::optional<ErrorCode> error_code_from_name(std::string_view name) noexcept;

/// The place of a fault; what is not known stays empty.
struct Where {
  std::string file = {};                ///< path of the file at fault
  std::string shard = {};               ///< name of the shard, if the file belongs to one
  std::optional<std::uint64_t> sample = {};  ///< index of the sample in its shard (or its split, where no shard is named)
  std::string field = {};               ///< name of the field
  std::optional<std::uint64_t> offset = {};  ///< byte offset in `file`
};

/// Thrown by every dsprep function that cannot do what it says. `what()` reads "CLASS: WHERE: what; remedy".
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string message, Where where = {}, std::string remedy = {});

  ErrorCode code() const noexcept { return code_; }
  /// What happened, without place and remedy.
  const std::string& message() const noexcept { return message_; }
  const Where& where() const noexcept { return where_; }
  /// What the user can do; may be empty.
  const std::string& remedy() const noexcept { return remedy_; }

 private:
  ErrorCode code_;
  std::string message_;
  Where where_;
  std::string remedy_;
};

/// "FILE, shard S, sample I, field F, offset O", naming only what is known. Control characters are escaped.
std::string describe(const Where& where);

}  // namespace dsprep
