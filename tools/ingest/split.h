// SplitRule: which split a sample belongs to. A function of the sample alone: adding inputs never
// moves an old one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/checksum.h"

namespace dsprep {

/// "train", "val" or "test" for the folder names that mean them (valid and validation are val),
/// else nothing.
std::optional<std::string> split_from_folder(std::string_view folder);

/// Splits in the order that datasets list them: train, val, test, then the others by name.
void sort_splits(std::vector<std::string>& names);

class SplitRule {
 public:
  enum class Kind : std::uint8_t { kAuto, kNone, kRatios, kColumn };
  struct Share {
    std::string name;
    std::uint64_t millionths = 0;  ///< of all samples
  };

  /// "auto", "none", "train=0.9,val=0.05,test=0.05" (must sum to 1) or "column:NAME". Throws
  /// kUsage.
  static SplitRule parse(std::string_view text);

  Kind kind() const noexcept { return kind_; }
  const std::string& column() const noexcept { return column_; }
  const std::vector<Share>& shares() const noexcept {
    return shares_;
  }  ///< in the order of sort_splits
  std::string to_text() const;

  /// For ratios: index into shares() of the sample (or group) with these identifying bytes: XXH3-64
  /// of them, compared with the cumulative shares as integers.
  std::uint32_t share_of(Bytes identity) const noexcept;

 private:
  Kind kind_ = Kind::kAuto;
  std::string column_;
  std::vector<Share> shares_;
};

}  // namespace dsprep
