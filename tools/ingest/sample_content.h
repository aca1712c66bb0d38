// SampleContent: a hash of what a sample shows, apart from how it is written: to find the same
// picture or text twice.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dsprep/checksum.h"
#include "dsprep/dataset.h"
#include "dsprep/image.h"
#include "dsprep/tokenizer.h"

namespace dsprep {

/// What is compared: encoded pictures by their decoded pixels, with their orientation; texts, and
/// ids of a tokenizer that can be read back, by their small letters in normal form C with every run
/// of white space as one space and none at the ends; all else by its bytes. A folder's picture
/// alone counts, or else all fields but labels.
class SampleContent {
 public:
  /// `fields` names those that are compared; empty: as above. Throws kNotFound.
  SampleContent(const Dataset& data, const std::vector<std::string>& fields);

  /// Working memory of one thread.
  struct Scratch {
    ReadBuffer buffer;
    ImageDecoder decoder;
    Image image;
    std::string text;
    std::vector<TokenId> ids;
    std::vector<std::byte> form;
  };
  /// Any thread, each with its own scratch. Throws as ShardReader, and for damaged pictures.
  Hash128 hash(const ShardReader& shard, std::uint64_t position, Scratch& scratch) const;
  /// "image (pixels), title (text)": for people.
  std::string description() const;

 private:
  enum class Rule : std::uint8_t { kPixels, kText, kIds, kBytes };
  struct Compared {
    std::size_t field;
    Rule rule;
    std::string name;
    DType dtype;
  };

  void set_tokenizer(const Dataset& data);
  Rule rule_of(const Field& field) const;
  Hash128 hash_of(const Compared& compared, const FieldValue& value, Scratch& scratch) const;
  std::string_view text_of_ids(const Compared& compared, Bytes bytes, Scratch& scratch) const;

  std::unique_ptr<Tokenizer> tokenizer_;  // null: ids are compared
  bool bytes_ = false;                    // ids are bytes of text
  std::vector<Compared> compared_;
};

/// As above, of a text. `text` may be any bytes.
Hash128 hash_of_text(std::string_view text);

}  // namespace dsprep
