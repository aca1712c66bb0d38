// StemIndex: which samples of a dataset cannot give up their extension in a tar, because another's
// key has the same stem.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dsprep {

/// Takes all keys, then tells for each (Record::ambiguous_stem). Memory: 8 bytes a key until
/// finish(). Two different stems with one XXH3-64 make two names longer, no more.
class StemIndex {
 public:
  void add(std::string_view key);
  /// After the last add(), before the first ambiguous().
  void finish();
  /// Const: any number of threads.
  bool ambiguous(std::string_view key) const;

 private:
  std::vector<std::uint64_t>
      hashes_;  // after finish(): of the stems that came more than once, sorted
};

}  // namespace dsprep
