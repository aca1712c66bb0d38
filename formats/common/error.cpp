#include "dsprep/error.h"

#include <algorithm>
#include <array>
#include <utility>

#include "formats/common/text.h"

namespace dsprep {
namespace {

constexpr std::array kNames = {
    std::pair{ErrorCode::kUsage, "usage"},
    std::pair{ErrorCode::kNotFound, "not_found"},
    std::pair{ErrorCode::kIo, "io"},
    std::pair{ErrorCode::kCorrupt, "corrupt"},
    std::pair{ErrorCode::kVersion, "version"},
    std::pair{ErrorCode::kRejected, "rejected"},
    std::pair{ErrorCode::kEmptyFile, "empty_file"},
    std::pair{ErrorCode::kTruncated, "truncated"},
    std::pair{ErrorCode::kNotAnImage, "not_an_image"},
    std::pair{ErrorCode::kUnsupportedFormat, "unsupported_format"},
    std::pair{ErrorCode::kTooLarge, "too_large"},
    std::pair{ErrorCode::kPermissionDenied, "permission_denied"},
    std::pair{ErrorCode::kNoImages, "no_images"},
    std::pair{ErrorCode::kSymlinkLoop, "symlink_loop"},
    std::pair{ErrorCode::kBadRow, "bad_row"},
    std::pair{ErrorCode::kBadEncoding, "bad_encoding"},
    std::pair{ErrorCode::kDuplicateKey, "duplicate_key"},
    std::pair{ErrorCode::kInterrupted, "interrupted"},
    std::pair{ErrorCode::kInternal, "internal"},
};

std::string compose(ErrorCode code, const std::string& message, const Where& where,
                    const std::string& remedy) {
  std::string text(error_class_name(code));
  const std::string place = describe(where);
  if (!place.empty()) text += ": " + place;
  text += ": " + message;
  if (!remedy.empty()) text += "; " + remedy;
  return text;
}

}  // namespace

std::string_view error_class_name(ErrorCode code) noexcept {
  const auto* found = std::ranges::find(kNames, code, [](const auto& entry) { return entry.first; });
  return found == kNames.end() ? "internal" : found->second;
}

std::optional<ErrorCode> error_code_from_name(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kNames, name, [](const auto& entry) { return entry.second; });
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

Error::Error(ErrorCode code, std::string message, Where where, std::string remedy)
    : std::runtime_error(compose(code, message, where, remedy)),
      code_(code),
      message_(std::move(message)),
      where_(std::move(where)),
      remedy_(std::move(remedy)) {}

std::string describe(const Where& where) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (!where.file.empty()) add(escape_controls(where.file));
  if (!where.shard.empty()) add("shard " + escape_controls(where.shard));
  if (where.sample) add("sample " + std::to_string(*where.sample));
  if (!where.field.empty()) add("field " + where.field);
  if (where.offset) add("offset " + std::to_string(*where.offset));
  return text;
}

}  // namespace dsprep
