// How a sample's key becomes its name in a tar, so that WebDataset readers give the sample back
// under one name. See SPEC.md.
#pragma once

#include <string>
#include <string_view>

namespace dsprep {

/// The key without its extension: the suffix from the last dot of the last component, where that is
/// a dot with 1 to 5 of A-Z, a-z and 0-9 behind it and something of the component before it.
std::string_view key_stem(std::string_view key) noexcept;

/// The key, without its extension unless `keep_extension`, with %XX in place of what tar readers
/// would misread: every '.' of the last component (WebDataset cuts the name there), '%', control
/// bytes, the dots of components "." and "..", slashes that make a component empty, and the first
/// '_' of a component that begins and ends with "__" (WebDataset skips it). Where the key is not
/// UTF-8, also its bytes above 0x7F, so that a name always is (pax demands it).
std::string tar_name(std::string_view key, bool keep_extension);

/// The inverse of the escape: "%2E" gives ".". What is no escape stays as it is.
std::string unescape_tar_name(std::string_view name);

}  // namespace dsprep
