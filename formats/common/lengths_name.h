// The file in a dataset's folder that keeps the lengths of one split's field: written later, by
// whoever needs them, and no part of the dataset.
#pragma once

#include <string>
#include <string_view>

namespace dsprep {

/// "lengths.train.tokens.npy".
inline std::string lengths_name(std::string_view split, std::string_view field) {
  return "lengths." + std::string(split) + "." + std::string(field) + ".npy";
}

}  // namespace dsprep
