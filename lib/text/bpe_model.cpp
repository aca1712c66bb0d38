#include "lib/text/bpe_model.h"

#include <algorithm>
#include <array>

#include "dsprep/error.h"

namespace dsprep {

BpeModel::BpeModel(std::size_t tokens)
    : vocab_(tokens), merges_(tokens), id_of_(256, BpeVocab::kNone), length_of_(256, 1) {
  id_of_.reserve(tokens);
  length_of_.reserve(tokens);
}

bool BpeModel::add_byte(unsigned char byte, TokenId id) {
  const char text = static_cast<char>(byte);
  if (!vocab_.insert({&text, 1}, id)) return false;
  id_of_[byte] = id;
  return true;
}

void BpeModel::add_rule(NewToken& token, std::span<const Symbol> parts, bool whole_piece) {
  const bool rule = parts.size() == 2;
  if ((rule || whole_piece) && !vocab_.insert(token.bytes, token.id)) {
    throw Error(ErrorCode::kCorrupt,
                "two tokens have the same bytes, the second is " + std::to_string(token.id));
  }
  if (!rule) return;
  merges_.add(parts[0], parts[1]);
  id_of_.push_back(token.id);
  length_of_.push_back(static_cast<std::uint32_t>(token.bytes.size()));
  token.left = length_of_[parts[0]];
}

// Several at a time, with the rules before all of them. That is right where two parts are left: the
// rules of the others among them rank higher than all that were used. Else the token waits for
// them.
void BpeModel::add_tokens(std::span<NewToken> tokens, bool whole_pieces) {
  constexpr std::size_t kGroup = 64;
  std::array<std::array<Symbol, BpeMerges::kMaxShort>, kGroup> symbols;
  std::vector<MergeJob> jobs;
  for (; !tokens.empty(); tokens = tokens.subspan(std::min(kGroup, tokens.size()))) {
    const std::span<NewToken> group = tokens.first(std::min(kGroup, tokens.size()));
    jobs.clear();
    for (const NewToken& token : group) {
      vocab_.prefetch(token.bytes);
      const bool fits = token.bytes.size() <= BpeMerges::kMaxShort;
      jobs.push_back({fits ? token.bytes : token.bytes.substr(0, 1), symbols[jobs.size()].data()});
    }
    merges_.merge_short(jobs);
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (jobs[i].count == 2) {
        add_rule(group[i], {jobs[i].symbols, 2}, whole_pieces);
      } else {
        merge(group[i].bytes, scratch_);
        add_rule(group[i], scratch_.symbols, whole_pieces);
      }
    }
  }
}

bool BpeModel::has_late_rule(std::string_view bytes) const {
  MergeScratch scratch;
  merge(bytes, scratch);
  return scratch.symbols.size() <= 2;
}

void BpeModel::merge(std::string_view piece, MergeScratch& scratch) const {
  if (piece.size() > BpeMerges::kMaxShort) {
    merges_.merge_long(piece, scratch);
    return;
  }
  scratch.symbols.resize(piece.size());
  MergeJob job{piece, scratch.symbols.data()};
  merges_.merge_short({&job, 1});
  scratch.symbols.resize(job.count);
}

// ---- encoding

void BpeModel::warm_up(BpeWorkspace& w) const {
  std::string text;
  std::vector<std::uint32_t> ends;
  std::vector<TokenId> ids;
  const auto put = [&] {
    text.resize(text.size() + PieceCache::kMaxShort);  // must be readable
    w.lookup_.find_places(text.data(), 0, ends, w.cache_.places(), w.batch_);
    for (std::size_t i = 0; i < ends.size(); ++i) {
      PieceCache::Entry& entry = *w.batch_.places[i];
      if (entry.count == 0 || entry.ids[0] > ids[i])
        entry = {.key = w.batch_.keys[i], .ids = {ids[i]}, .count = 1};
    }
    text.clear();
    ends.clear();
    ids.clear();
  };
  vocab_.for_each_short([&](std::string_view bytes, TokenId id) {
    if (bytes.find('\xFF') != std::string_view::npos) return;  // never in UTF-8, and has no key
    text += bytes;
    ends.push_back(static_cast<std::uint32_t>(text.size()));
    ids.push_back(id);
    if (ends.size() == PieceBatch::kMost) put();
  });
  put();
}

void BpeModel::add(std::string_view text, std::uint32_t start, std::span<const std::uint32_t> ends,
                   BpeWorkspace& w, std::vector<TokenId>& ids) const {
  w.cache_.trim();
  while (!ends.empty()) {
    auto run = ends.first(std::min(ends.size(), PieceBatch::kMost));
    if (text.size() - start >= kReach) {
      // Pieces that begin too near the end of the text are left for later.
      while (run.size() > 1 && text.size() - run[run.size() - 2] < kReach)
        run = run.first(run.size() - 1);
      add_batch({text.data(), start, run}, w, ids);
      start = run.back();
    } else {
      std::array<char, 2 * kReach> copy{};
      std::array<std::uint32_t, kReach> copy_ends;
      const std::string_view rest = text.substr(start);
      std::ranges::copy(rest, copy.begin());
      std::ranges::transform(run, copy_ends.begin(),
                             [&](std::uint32_t end) { return end - start; });
      add_batch({copy.data(), 0, std::span(copy_ends).first(run.size())}, w, ids);
    }
    ends = ends.subspan(run.size());
  }
  w.hand_on(ids);
}

void BpeModel::add_batch(const Pieces& pieces, BpeWorkspace& w, std::vector<TokenId>& ids) const {
  if (w.count_ > BpeWorkspace::kRoom) w.hand_on(ids);
  const std::size_t count = pieces.ends.size();
  w.lookup_.find_places(pieces.readable, pieces.start, pieces.ends, w.cache_.places(), w.batch_);
  bool learned = false;
  for (std::size_t i = 0;;) {
    TokenId* next = w.ids_.data() + w.count_;
    i = w.lookup_.copy_ids(w.batch_, i, count, next);
    w.count_ = static_cast<std::size_t>(next - w.ids_.data());
    if (i == count) return;
    if (learned) {
      add_alone(pieces[i], i, w, ids);
      ++i;
    } else {
      learn(pieces, i, w);
      learned = true;
    }
  }
}

// The token that is all of a piece, or kNone.
TokenId BpeModel::find_whole(std::string_view piece) const noexcept {
  return piece.size() <= kMaxKeyed ? vocab_.find(key_of_padded(piece.data(), piece.size()))
                                   : vocab_.find(piece);
}

// Finds what the new pieces from number `first` on become, and remembers it. All of a batch
// together: misses cost least then.
void BpeModel::learn(const Pieces& pieces, std::size_t first, BpeWorkspace& w) const {
  std::array<std::uint16_t, PieceBatch::kMost> numbers;
  const std::size_t count = w.lookup_.list_new(w.batch_, first, pieces.ends.size(), numbers.data());
  const auto listed = std::span(numbers).first(count);
  for (const std::size_t i : listed) {
    const std::string_view piece = pieces[i];
    __builtin_prefetch(&w.cache_.beside(*w.batch_.places[i]));
    if (piece.size() <= kMaxKeyed) vocab_.prefetch(key_of_padded(piece.data(), piece.size()));
  }
  w.jobs_.clear();
  w.places_.clear();
  for (const std::size_t i : listed) {
    const std::string_view piece = pieces[i];
    PieceCache::Entry* const place = w.cache_.is_long(piece) ? nullptr : w.batch_.places[i];
    const bool is_new = place != nullptr ? w.cache_.take_place(*place, w.batch_.keys[i])
                                         : piece.size() <= BpeMerges::kMaxShort &&
                                               w.cache_.find_long(piece) == nullptr;
    if (!is_new) continue;
    if (const TokenId id = find_whole(piece); id != BpeVocab::kNone) {
      w.cache_.insert(piece, place, {&id, 1});
    } else {
      w.jobs_.push_back({piece, nullptr});
      w.places_.push_back(place);
    }
  }
  merge_jobs(w);
}

void BpeModel::merge_jobs(BpeWorkspace& w) const {
  std::size_t room = 0;
  for (const MergeJob& job : w.jobs_) room += job.piece.size();
  w.symbols_.resize(room);
  Symbol* next = w.symbols_.data();
  for (MergeJob& job : w.jobs_) {
    job.symbols = next;
    next += job.piece.size();
  }
  merges_.merge_short(w.jobs_);
  for (std::size_t j = 0; j < w.jobs_.size(); ++j) {
    const MergeJob& job = w.jobs_[j];
    w.cache_.insert(job.piece, w.places_[j], ids_of({job.symbols, job.count}, w));
  }
}

// Good until the next call.
std::span<const TokenId> BpeModel::ids_of(std::span<const Symbol> symbols, BpeWorkspace& w) const {
  w.found_.resize(symbols.size());
  std::ranges::transform(symbols, w.found_.begin(), [&](Symbol symbol) { return id_of_[symbol]; });
  return w.found_;
}

// A piece whose ids do not stand in its place.
void BpeModel::add_alone(std::string_view piece, std::size_t number, BpeWorkspace& w,
                         std::vector<TokenId>& ids) const {
  if (piece.size() > kLongestPiece) {
    throw Error(
        ErrorCode::kTooLarge,
        "a piece of " + std::to_string(piece.size()) + " bytes that the pattern does not cut", {},
        "the longest is 4 MiB");
  }
  w.hand_on(ids);
  const auto append = [&](std::span<const TokenId> more) {
    ids.insert(ids.end(), more.begin(), more.end());
  };
  if (const auto* entry = w.cache_.find(piece, w.batch_.keys[number], *w.batch_.places[number]))
    return append(w.cache_.ids_of(*entry));
  if (const TokenId id = vocab_.find(piece); id != BpeVocab::kNone) {
    ids.push_back(id);
    return;
  }
  merge(piece, w.merge_);
  const auto found = ids_of(w.merge_.symbols, w);
  if (w.cache_.is_long(piece)) w.cache_.insert(piece, nullptr, found);
  append(found);
}

}  // namespace dsprep
