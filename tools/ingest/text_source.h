// TextSource: a file that is one long text, which several pieces encode: block by block, in their
// turns. So neither the text nor its ids are ever in memory as a whole.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dsprep/checksum.h"
#include "tools/ingest/pieces.h"
#include "tools/ingest/text_blocks.h"
#include "tools/ingest/text_encoder.h"

namespace dsprep {

/// Memory of one part.
struct TextPart {
  TextBlocks::Block block;
  std::string replaced;  ///< its text, where bytes of it are replaced
  std::vector<TokenId> ids;
};

/// Made by one thread, then read by pieces in their turns. The plan outlives it.
class TextSource : public PartSource {
 public:
  /// `ahead`: the first part looks at the whole file, so that its hash is known with the first ids,
  /// and none come where it cannot be encoded to its end.
  TextSource(const Plan& plan, const Entry& entry, std::shared_ptr<const TextEncoder> encoder,
             bool ahead);

  /// True for entries that are worth it.
  static bool takes(const Entry& entry) noexcept { return entry.bytes > kLong; }

  /// In turn `number`: the part's text, valid for the encoder, in the memory of `part`. Opens the
  /// file in turn 0. Nothing where an earlier part has failed. Throws as TextBlocks and
  /// check_unchanged(), and kBadEncoding with the offset in the file.
  std::optional<std::string_view> read(std::uint64_t number, TextPart& part);
  /// Nothing shall be read any more.
  void fail() noexcept { failed_ = true; }

  /// Nothing where it could not be opened.
  const std::optional<InputFile>& file() const noexcept { return file_; }
  /// True from the last part on, or `ahead`.
  bool knows_hash() const noexcept { return hash_.has_value(); }
  /// XXH3-128 of the file. Requires: knows_hash().
  const Hash128& hash() const noexcept { return *hash_; }

  /// For encoders that need their order.
  TextCarry carry;

 private:
  static constexpr std::uint64_t kLong = 1 << 20;

  void open();
  void look_ahead(TextPart& part);
  std::string_view valid(TextPart& part) const {
    return encoder_->valid(part.block.text, part.block.offset, part.replaced);
  }

  const Plan& plan_;
  const Entry& entry_;
  std::shared_ptr<const TextEncoder> encoder_;
  bool ahead_;
  std::optional<InputFile> file_;
  std::optional<TextBlocks> blocks_;
  Hasher128 hasher_;
  std::optional<Hash128> hash_;
  bool failed_ = false;
};

}  // namespace dsprep
