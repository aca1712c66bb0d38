// SplitRule: which split a sample belongs to. A function of the sample alone: adding inputs never
// moves an old one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/checksum.h"
#include "tools/ingest/table_time.h"

namespace dsprep {

/// "train", "val" or "test" for the folder names that mean them (valid and validation are val),
/// else nothing.
std::optional<std::string> split_from_folder(std::string_view folder);

/// Splits in the order that datasets list them: train, val, test, then the others by name.
void sort_splits(std::vector<std::string>& names);

class SplitRule {
 public:
  enum class Kind : std::uint8_t { kAuto, kNone, kRatios, kColumn, kTime };
  struct Share {
    std::string name;
    std::uint64_t millionths = 0;  ///< of all samples
  };

  /// "auto", "none", "train=0.9,val=0.05,test=0.05" (must sum to 1), "column:NAME" or
  /// "time:COLUMN<T1<T2" (train before T1, val before T2, test from there on; with one border train
  /// and test). Throws kUsage.
  static SplitRule parse(std::string_view text);

  /// 1 to 64 letters, digits, _ and -: it becomes part of file names.
  static bool legal_name(std::string_view name) noexcept;

  Kind kind() const noexcept { return kind_; }
  const std::string& column() const noexcept { return column_; }
  const std::vector<Share>& shares() const noexcept {
    return shares_;
  }  ///< in the order of sort_splits; by time: without meaning but their names
  std::string to_text() const;

  /// For ratios: index into shares() of the sample (or group) with these identifying bytes: XXH3-64
  /// of them, compared with the cumulative shares as integers.
  std::uint32_t share_of(Bytes identity) const noexcept;
  /// For times: index into shares(). Throws kBadRow where a date is compared with a number.
  std::uint32_t share_of(const TimeValue& time) const;

 private:
  Kind kind_ = Kind::kAuto;
  std::string column_;
  std::vector<Share> shares_;
  std::string borders_text_;
  std::vector<TimeValue> borders_;  // rising
};

}  // namespace dsprep
