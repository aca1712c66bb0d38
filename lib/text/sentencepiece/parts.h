// A text part by part: cut where no piece of the model reaches across, and looked up in a cache.
#pragma once

#include <array>
#include <string_view>

#include "dsprep/error.h"
#include "lib/text/neighbours.h"
#include "lib/text/word_batch.h"

namespace dsprep::sentencepiece {

/// Calls known(entry, part) for the parts that the cache has, missing(part) for the others, in
/// order; both may change the cache. `more`: the text goes on behind `text`, so that its last part
/// is left. Returns the bytes that are done. Throws kTooLarge.
template <class Known, class Missing>
std::size_t for_each_part(std::string_view text, bool more, const Neighbours& neighbours,
                          WordCache& cache, Known known, Missing missing) {
  static_assert(2 * Neighbours::kStep <= kWordBatch);
  std::array<std::uint32_t, 2 * Neighbours::kStep + 1> borders;
  borders[0] = 0;
  std::size_t done = 0;
  while (done < text.size()) {
    const std::string_view rest = text.substr(done);
    std::size_t count = neighbours.cut(rest, borders.data() + 1);
    if (count == 0)
      throw Error(ErrorCode::kTooLarge, "the text has a part of 1 GiB that cannot be cut");
    if (more && borders[count] == rest.size() && --count == 0) break;
    look_up_words(rest, borders.data(), borders.data() + 1, count, cache, known, missing);
    done += borders[count];
  }
  return done;
}

}  // namespace dsprep::sentencepiece
