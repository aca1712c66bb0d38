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

BpeWorkspace::BpeWorkspace()
    : ids_(kIds + PieceBatch::kMost * PieceCache::kMaxShort + PieceCache::kInline + 1) {}

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
                   BpeWorkspace& w, BpeOutput out) const {
  constexpr std::size_t kReach = PieceCache::kMaxShort;
  while (!ends.empty()) {
    if (w.count_ > BpeWorkspace::kIds ||
        w.missing_.size() + PieceBatch::kMost > BpeWorkspace::kMissing)
      flush(w, out);
    auto run = ends.first(std::min(ends.size(), PieceBatch::kMost));
    if (text.size() - start >= kReach) {
      // Pieces that begin too near the end of the text are left for later.
      while (run.size() > 1 && text.size() - run[run.size() - 2] < kReach)
        run = run.first(run.size() - 1);
      add_readable(text, text.data(), start, run, w);
      start = run.back();
    } else {
      std::array<char, 2 * kReach> copy{};
      std::array<std::uint32_t, kReach> copy_ends;
      const std::string_view rest = text.substr(start);
      std::ranges::copy(rest, copy.begin());
      std::ranges::transform(run, copy_ends.begin(),
                             [&](std::uint32_t end) { return end - start; });
      add_readable(rest, copy.data(), 0, std::span(copy_ends).first(run.size()), w);
    }
    ends = ends.subspan(run.size());
  }
}

// `readable` has the bytes of `text`, and is readable far enough behind them.
void BpeModel::add_readable(std::string_view text, const char* readable, std::uint32_t start,
                            std::span<const std::uint32_t> ends, BpeWorkspace& w) const {
  w.lookup_.find_places(readable, start, ends, w.cache_.places(), w.batch_);
  for (std::size_t i = 0;; ++i) {
    TokenId* next = w.ids_.data() + w.count_;
    i = w.lookup_.copy_ids(w.batch_, i, ends.size(), next);
    w.count_ = static_cast<std::size_t>(next - w.ids_.data());
    if (i == ends.size()) return;
    const std::uint32_t begin = i == 0 ? start : ends[i - 1];
    add_slowly(text.substr(begin, ends[i] - begin), readable + begin, i, w);
  }
}

// A piece whose ids do not stand in its first place.
void BpeModel::add_slowly(std::string_view piece, const char* readable, std::size_t number,
                          BpeWorkspace& w) const {
  const bool is_short = piece.size() <= PieceCache::kMaxShort;
  PieceCache::Entry& entry = *w.batch_.places[number];
  const bool is_there = is_short && entry.key == w.batch_.keys[number];
  if (is_there && entry.count != 0) {
    const auto ids = w.cache_.ids_of(entry);
    std::ranges::copy(ids, w.ids_.begin() + static_cast<std::ptrdiff_t>(w.count_));
    w.count_ += ids.size();
    return;
  }
  if (piece.size() > kLongestPiece) {
    throw Error(ErrorCode::kTooLarge,
                "a piece of " + std::to_string(piece.size()) +
                    " bytes that the pattern does not cut",
                {}, "the longest is 4 MiB");
  }
  const std::size_t own = w.missing_.size();
  BpeWorkspace::Missing& missing = w.missing_.emplace_back();
  missing.piece = piece;
  missing.at = w.count_;
  missing.number = missing.same = own;
  if (is_there) {
    missing.same = entry.ids[0];
    return;
  }
  if (is_short) {
    __builtin_prefetch(&w.cache_.beside(entry));
    missing.place = &entry;
    missing.before = entry;
    entry.key = w.batch_.keys[number];
    entry.ids[0] = static_cast<TokenId>(own);  // until its ids are known
    entry.count = 0;
  }
  if (piece.size() <= kMaxKeyed) {
    missing.key = key_of_padded(readable, piece.size());
    vocab_.prefetch(missing.key);
  }
}

void BpeModel::flush(BpeWorkspace& w, BpeOutput out) const {
  find_missing(w);
  std::size_t total = w.count_;
  for (const auto& missing : w.missing_) total += missing.count;
  const std::size_t base = out.ids.size();
  out.ids.resize(base + total);
  TokenId* to = out.ids.data() + base;
  std::size_t taken = 0, missing_ids = 0;  // of those that wait; of those that were missing
  auto border = w.borders_.begin();
  const auto close_texts = [&](std::size_t missing) {
    for (; border != w.borders_.end() && border->missing <= missing; ++border)
      out.ends.push_back(base + border->at + missing_ids);
  };
  for (const auto& missing : w.missing_) {
    close_texts(missing.number);
    to = std::copy(w.ids_.data() + taken, w.ids_.data() + missing.at, to);
    to = std::copy_n(w.found_.data() + missing.first, missing.count, to);
    taken = missing.at;
    missing_ids += missing.count;
  }
  close_texts(w.missing_.size());
  std::copy(w.ids_.data() + taken, w.ids_.data() + w.count_, to);
  w.count_ = 0;
  w.missing_.clear();
  w.borders_.clear();
  w.cache_.trim();
}

// The ids of what is missing: from the vocabulary, else by merging.
void BpeModel::find_missing(BpeWorkspace& w) const {
  w.found_.clear();
  w.jobs_.clear();
  w.merged_.clear();
  for (auto& missing : w.missing_) {
    if (missing.same != missing.number || find_beside(missing, w) || find_whole(missing, w))
      continue;
    if (missing.piece.size() > BpeMerges::kMaxShort) {
      merges_.merge_long(missing.piece, w.merge_);
      set_ids(w.merge_.symbols, missing, w);
      continue;
    }
    w.jobs_.push_back({missing.piece, w.symbols_[w.jobs_.size()].data()});
    w.merged_.push_back(missing.number);
  }
  merges_.merge_short(w.jobs_);
  for (std::size_t j = 0; j < w.jobs_.size(); ++j)
    set_ids({w.jobs_[j].symbols, w.jobs_[j].count}, w.missing_[w.merged_[j]], w);
  for (auto& missing : w.missing_) {
    missing.first = w.missing_[missing.same].first;
    missing.count = w.missing_[missing.same].count;
  }
}

bool is_waiting(const PieceCache::Entry& entry, std::size_t number) noexcept {
  return entry.count == 0 && entry.ids[0] == number;
}

// Looks at the second place of a piece, and puts there what it has driven out of its first.
bool BpeModel::find_beside(BpeWorkspace::Missing& missing, BpeWorkspace& w) {
  if (missing.place == nullptr) return false;
  PieceCache::Entry& beside = w.cache_.beside(*missing.place);
  const bool found = is_waiting(*missing.place, missing.number) &&
                     beside.key == missing.place->key && beside.count != 0;
  if (found) {
    *missing.place = beside;
    const auto ids = w.cache_.ids_of(beside);
    missing.first = w.found_.size();
    missing.count = ids.size();
    w.found_.insert(w.found_.end(), ids.begin(), ids.end());
  }
  // One id is found again soon; more of them took merging, and stay.
  const std::uint32_t count = missing.before.count;
  if (count > 1 || (count == 1 && beside.count <= 1)) beside = missing.before;
  return found;
}

// What is found without merging.
bool BpeModel::find_whole(BpeWorkspace::Missing& missing, BpeWorkspace& w) const {
  const std::size_t size = missing.piece.size();
  missing.first = w.found_.size();
  if (size > PieceCache::kMaxShort && size <= PieceCache::kMaxLong) {
    if (const PieceCache::Entry* const entry = w.cache_.find_long(missing.piece)) {
      const auto ids = w.cache_.ids_of(*entry);
      w.found_.insert(w.found_.end(), ids.begin(), ids.end());
      missing.count = ids.size();
      return true;
    }
  }
  const TokenId id = size <= kMaxKeyed ? vocab_.find(missing.key) : vocab_.find(missing.piece);
  if (id == BpeVocab::kNone) return false;
  w.found_.push_back(id);
  missing.count = 1;
  remember(missing, w);
  return true;
}

void BpeModel::set_ids(std::span<const Symbol> symbols, BpeWorkspace::Missing& missing,
                       BpeWorkspace& w) const {
  missing.first = w.found_.size();
  missing.count = symbols.size();
  for (const Symbol symbol : symbols) w.found_.push_back(id_of_[symbol]);
  remember(missing, w);
}

void BpeModel::remember(const BpeWorkspace::Missing& missing, BpeWorkspace& w) {
  const auto ids = std::span(w.found_).subspan(missing.first, missing.count);
  PieceCache::Entry* const entry = missing.place;
  if (entry == nullptr) {
    if (missing.piece.size() <= PieceCache::kMaxLong) w.cache_.insert_long(missing.piece, ids);
  } else if (is_waiting(*entry, missing.number)) {
    w.cache_.set_ids(*entry, ids);  // else another piece has taken the place
  }
}

}  // namespace dsprep
