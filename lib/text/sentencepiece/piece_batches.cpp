#include "lib/text/sentencepiece/piece_batches.h"

#include <algorithm>
#include <utility>

namespace dsprep::sentencepiece {

// Parts that begin near the end of the text, behind which nothing may be read, are looked up in a
// copy.
void PieceBatches::find_places(const WordSpans& parts) {
  const std::size_t size = parts.text.size();
  for (std::size_t i = 0; i < parts.count; i += kMost) {
    PieceBatch& batch = batches_[i / kMost];
    const std::size_t count = std::min(kMost, parts.count - i);
    std::size_t near = count;
    while (near > 0 && size - parts.begins[i + near - 1] < kReach) --near;
    lookup_.find_places(parts.text.data(), parts.begins[i], {parts.ends + i, near}, cache_.places(),
                        batch);
    if (near == count) continue;
    const std::uint32_t start = parts.begins[i + near];
    std::array<char, 2 * kReach> copy{};
    std::ranges::copy(parts.text.substr(start), copy.begin());
    std::array<std::uint32_t, kReach> ends;
    for (std::size_t k = near; k < count; ++k) ends[k - near] = parts.ends[i + k] - start;
    lookup_.find_places(copy.data(), 0, {ends.data(), count - near}, cache_.places(), tail_);
    std::copy_n(tail_.keys.begin(), count - near, batch.keys.begin() + near);
    std::copy_n(tail_.places.begin(), count - near, batch.places.begin() + near);
  }
}

std::span<AbsentPart> PieceBatches::look_up(const WordSpans& parts) {
  find_places(parts);
  absent_count_ = 0;
  std::array<std::uint16_t, kMost> absent_here;
  for (std::size_t begin = 0; begin < parts.count; begin += kMost) {
    const std::size_t count = std::min(kMost, parts.count - begin);
    const std::size_t listed =
        lookup_.list_new(batches_[begin / kMost], 0, count, absent_here.data());
    for (std::size_t i = 0; i < listed; ++i)
      absent_[absent_count_++].index = begin + absent_here[i];
  }
  const std::span<AbsentPart> absent = std::span(absent_).first(absent_count_);
  for (AbsentPart& part : absent) {
    part.text = parts[part.index];
    part.known = nullptr;
    if (!PieceCache::is_long(part.text)) {
      const PieceCache::Entry& beside = cache_.beside(place(part.index));
      if (beside.key == key(part.index) && beside.count != 0) part.known = &beside;
    } else if (part.text.size() <= PieceCache::kMaxLong) {
      part.known = cache_.find_long(part.text);
    }
    if (part.known != nullptr) part.ids = cache_.ids_of(*part.known);
  }
  return absent;
}

void PieceBatches::finish(const WordSpans& parts, IdBuffer& out) {
  std::size_t next = 0;
  for (std::size_t begin = 0; begin < parts.count; begin += kMost) {
    const std::size_t count = std::min(kMost, parts.count - begin);
    for (std::size_t i = 0;; ++i) {
      TokenId* to = out.room((kMost + 1) * PieceCache::kInline);
      i = lookup_.copy_ids(batches_[begin / kMost], i, count, to);
      out.took(to);
      if (i == count) break;
      if (next < absent_count_ && absent_[next].index == begin + i) {
        out.add(absent_[next++].ids);
      } else {
        out.add(cache_.ids_of(place(begin + i)));
      }
    }
  }
  for (const AbsentPart& part : std::span(absent_).first(absent_count_)) remember(part);
  cache_.trim();
}

// The newest of the two that share places stands in the first.
void PieceBatches::remember(const AbsentPart& part) {
  if (PieceCache::is_long(part.text)) {
    if (part.known == nullptr) cache_.insert(part.text, nullptr, part.ids);
    return;
  }
  PieceCache::Entry& first = place(part.index);
  PieceCache::Entry& beside = cache_.beside(first);
  const PieceCache::Key& own = key(part.index);
  if (first.key == own && first.count != 0) return;  // it stood twice among the parts
  if (beside.key == own && beside.count != 0) {
    std::swap(first, beside);
    return;
  }
  if (part.known != nullptr) return;  // another one has just driven it out
  if (first.count != 0) beside = first;
  first.key = own;
  cache_.insert(part.text, &first, part.ids);
}

}  // namespace dsprep::sentencepiece
