// How a field's value becomes a file-like member of a tar, or a value in LMDB, that other software
// understands.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dsprep/record.h"

namespace dsprep {

/// A member: `prefix`, then `body`. The body is the value's canonical bytes, as they are (empty for
/// a class, whose number stands in `prefix` as ASCII); the footer's range points at the body.
struct Member {
  std::string extension;          ///< "jpg", "depth.png", "cls", "tokens.npy"
  std::vector<std::byte> prefix;  ///< a .npy header, or a class as decimal digits
  Bytes body;                     ///< a view of the value
  std::uint64_t size() const noexcept { return prefix.size() + body.size(); }
};

/// Fills `out`, whose memory is reused. Requires: the field accepts the value (check_record()).
///   class: cls · image: jpg png webp gif bmp tif pnm by content, else img · text: txt · json: json
///   array: NAME.npy · bytes: NAME
/// A field that bears another name than its encoding's usual one (label, image, text, json) has
/// "NAME." in front.
void make_member(const Field& field, const FieldValue& value, Member& out);

}  // namespace dsprep
