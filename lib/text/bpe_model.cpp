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

}  // namespace dsprep
