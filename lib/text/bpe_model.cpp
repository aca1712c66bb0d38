#include "lib/text/bpe_model.h"

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

std::size_t BpeModel::add_token(std::string_view bytes, TokenId id, bool whole_piece) {
  merge(bytes, scratch_);
  const std::vector<Symbol>& parts = scratch_.symbols;
  const bool rule = parts.size() == 2;
  if ((rule || whole_piece) && !vocab_.insert(bytes, id))
    throw Error(ErrorCode::kCorrupt,
                "two tokens with the same bytes, the second is " + std::to_string(id));
  if (!rule) return 0;
  merges_.add(parts[0], parts[1]);
  id_of_.push_back(id);
  length_of_.push_back(static_cast<std::uint32_t>(bytes.size()));
  return length_of_[parts[0]];
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
  scratch.symbols.resize(merges_.merge_short(piece, scratch.symbols.data()));
}

void BpeModel::encode(std::string_view piece, BpeWorkspace& workspace,
                      std::vector<TokenId>& out) const {
  if (piece.size() > kMaxKeyed) {
    const auto known = workspace.cache.find_long(piece);
    if (!known.empty()) {
      out.insert(out.end(), known.begin(), known.end());
      return;
    }
  }
  const std::size_t before = out.size();
  if (const TokenId id = vocab_.find(piece); id != BpeVocab::kNone) {
    out.push_back(id);
  } else {
    merge(piece, workspace.merge);
    for (const Symbol symbol : workspace.merge.symbols) out.push_back(id_of_[symbol]);
  }
  if (piece.size() > kMaxKeyed) workspace.cache.insert_long(piece, std::span(out).subspan(before));
}

const PieceCache::Entry& BpeModel::encode_short(const PieceKey& key, std::string_view piece,
                                                BpeWorkspace& workspace) const {
  const TokenId id = vocab_.find(key);
  if (id != BpeVocab::kNone) return workspace.cache.insert(key, {&id, 1});
  std::array<Symbol, kMaxKeyed> parts;
  const std::size_t count = merges_.merge_short(piece, parts.data());
  for (std::size_t i = 0; i < count; ++i) parts[i] = id_of_[parts[i]];
  return workspace.cache.insert(key, {parts.data(), count});
}

}  // namespace dsprep
