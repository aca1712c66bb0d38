#include "formats/wds/stem_index.h"

#include <algorithm>

#include "dsprep/checksum.h"
#include "formats/wds/tar_name.h"

namespace dsprep {
namespace {

std::uint64_t stem_hash(std::string_view key) { return xxh3_64(as_bytes(key_stem(key))); }

}  // namespace

// A key that another's stem equals is in too: "a.png.txt" must not become "a.png" beside a picture
// "a.png" that keeps its extension.
void StemIndex::add(std::string_view key) {
  hashes_.push_back(stem_hash(key));
  if (key_stem(key) != key) hashes_.push_back(xxh3_64(as_bytes(key)));
}

void StemIndex::finish() {
  std::ranges::sort(hashes_);
  std::vector<std::uint64_t> repeated;
  for (std::size_t i = 1; i < hashes_.size(); ++i) {
    const bool again = hashes_[i] == hashes_[i - 1];
    if (again && (repeated.empty() || repeated.back() != hashes_[i]))
      repeated.push_back(hashes_[i]);
  }
  hashes_ = std::move(repeated);
}

bool StemIndex::ambiguous(std::string_view key) const {
  return !hashes_.empty() && std::ranges::binary_search(hashes_, stem_hash(key));
}

}  // namespace dsprep
