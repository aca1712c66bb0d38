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

void BpeModel::encode(std::string_view piece, BpeWorkspace& workspace,
                      std::vector<TokenId>& out) const {
  if (const TokenId id = vocab_.find(piece); id != BpeVocab::kNone) {
    out.push_back(id);
    return;
  }
  merge(piece, workspace.merge);
  for (const Symbol symbol : workspace.merge.symbols) out.push_back(id_of_[symbol]);
}

// Sets the entries of pieces that the cache has; the numbers of others go to `missing`.
void BpeModel::look_up(BpeWorkspace& w) const {
  std::size_t missing = 0;
  for (std::size_t i = 0; i < w.count; ++i) {
    if (w.pieces[i].size() <= kMaxKeyed) {
      w.entries[i] = w.cache.find(w.keys[i], w.places[i]);
    } else {
      w.entries[i] = w.cache.find_long(w.pieces[i], w.fresh[i]) ? &w.fresh[i] : nullptr;
    }
    // No branch: a miss comes when nobody expects it.
    w.missing[missing] = static_cast<std::uint32_t>(i);
    missing += w.entries[i] == nullptr ? 1U : 0U;
  }
  w.missing_count = missing;
}

// Makes entries for what is missing: from the vocabulary, else by merging.
void BpeModel::make_entries(BpeWorkspace& w) const {
  const auto& pieces = w.pieces;
  const std::span<const std::uint32_t> numbers(w.missing.data(), w.missing_count);
  for (const std::uint32_t i : numbers)
    if (pieces[i].size() <= kMaxKeyed) vocab_.prefetch(w.keys[i]);
  w.jobs.clear();
  w.job_pieces.clear();
  w.long_pieces.clear();
  for (const std::uint32_t i : numbers) {
    const TokenId id =
        pieces[i].size() <= kMaxKeyed ? vocab_.find(w.keys[i]) : vocab_.find(pieces[i]);
    w.fresh[i] = {.key = w.keys[i], .ids = {id, 0, 0}, .count = 1};
    w.entries[i] = &w.fresh[i];
    if (id != BpeVocab::kNone) continue;
    if (pieces[i].size() > BpeMerges::kMaxShort) {
      w.long_pieces.push_back(i);
      continue;
    }
    w.job_pieces.push_back(i);
    w.jobs.push_back({pieces[i], w.symbols[w.jobs.size()].data()});
  }
  merges_.merge_short(w.jobs);
  for (std::size_t j = 0; j < w.jobs.size(); ++j)
    set_ids({w.jobs[j].symbols, w.jobs[j].count}, w.fresh[w.job_pieces[j]], w);
  for (const std::uint32_t i : w.long_pieces) {
    merges_.merge_long(pieces[i], w.merge);
    set_ids(w.merge.symbols, w.fresh[i], w);
  }
}

void BpeModel::set_ids(std::span<const Symbol> symbols, PieceCache::Entry& entry,
                       BpeWorkspace& w) const {
  w.ids.clear();
  for (const Symbol symbol : symbols) w.ids.push_back(id_of_[symbol]);
  w.cache.set_ids(entry, w.ids);
}

void BpeModel::emit(std::size_t first, std::size_t last, BpeWorkspace& w,
                    std::vector<TokenId>& out) const {
  // Ids are gathered in a small buffer: a vector checks its room for each of them.
  constexpr std::size_t kRoom = 1024;
  std::array<TokenId, kRoom + PieceCache::kInline + 1> buffer;
  TokenId* next = buffer.data();
  const auto flush = [&] {
    out.insert(out.end(), buffer.data(), next);
    next = buffer.data();
  };
  for (std::size_t i = first; i < last; ++i) {
    const PieceCache::Entry& entry = *w.entries[i];
    if (next + entry.count > buffer.data() + kRoom) flush();
    std::memcpy(next, entry.ids, sizeof entry.ids + sizeof entry.count);  // one move of 16 bytes
    if (entry.count > PieceCache::kInline) std::copy_n(w.cache.spilled(entry), entry.count, next);
    next += entry.count;
  }
  flush();
}

void BpeModel::remember(BpeWorkspace& w) const {
  for (const std::uint32_t i : std::span(w.missing).first(w.missing_count)) {
    if (w.pieces[i].size() <= kMaxKeyed) {
      w.cache.insert(w.fresh[i]);
    } else {
      w.cache.insert_long(w.pieces[i], w.fresh[i]);
    }
  }
}

void BpeModel::encode_batch(BpeWorkspace& w, std::vector<TokenId>& out,
                            std::span<const std::uint32_t> borders,
                            std::vector<std::size_t>* sizes) const {
  std::size_t bytes = 0;  // no piece gives more ids than it has bytes
  for (const std::string_view piece : std::span(w.pieces).first(w.count)) bytes += piece.size();
  w.cache.make_room(bytes);
  look_up(w);
  if (w.missing_count != 0) make_entries(w);
  std::size_t done = 0;
  for (const std::uint32_t border : borders) {
    emit(done, border, w, out);
    sizes->push_back(out.size());
    done = border;
  }
  emit(done, w.count, w, out);
  remember(w);  // not before: an insertion moves other entries
  w.count = 0;
}

}  // namespace dsprep
