// A text as parts: it is cut where no piece of the model reaches across.
#pragma once

#include <array>
#include <string_view>

#include "dsprep/error.h"
#include "lib/text/neighbours.h"
#include "lib/text/word_batch.h"

namespace dsprep::sentencepiece {

/// Calls take(const WordSpans&) for the parts in order, at most `Most` at a time. `more`: the text
/// goes on behind `text`, so that its last part is left. Returns the bytes that are done. Throws
/// kTooLarge.
template <std::size_t Most, class Take>
std::size_t for_each_part(std::string_view text, bool more, const Neighbours& neighbours,
                          Take take) {
  std::array<std::uint32_t, Most + 1> borders;
  borders[0] = 0;
  std::size_t done = 0;
  while (done < text.size()) {
    const std::string_view rest = text.substr(done);
    std::size_t count = neighbours.cut(rest, std::span(borders).subspan(1));
    if (count == 0)
      throw Error(ErrorCode::kTooLarge, "the text has a part of 1 GiB that cannot be cut");
    if (more && borders[count] == rest.size() && --count == 0) break;
    take(WordSpans{rest, borders.data(), borders.data() + 1, count});
    done += borders[count];
  }
  return done;
}

}  // namespace dsprep::sentencepiece
