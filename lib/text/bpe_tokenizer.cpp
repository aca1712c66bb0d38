#include "lib/text/bpe_tokenizer.h"

#include <algorithm>
#include <array>

#include "dsprep/error.h"
#include "lib/text/bpe_encoder.h"
#include "lib/text/lending_pool.h"
#include "lib/text/utf8.h"

namespace dsprep {
namespace {

bool is_ascii(std::string_view text) noexcept {
  unsigned char all = 0;  // no early end, so that it is done in vectors
  for (const char c : text) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return all < 0x80;
}

struct Workspace {
  explicit Workspace(const BpeModel& model) : bpe(model) {}
  BpeEncoder bpe;
  PieceEnds ends;
  std::unique_ptr<SplitState> split;
};

class BpeTokenizer final : public Tokenizer {
 public:
  explicit BpeTokenizer(BpeParts parts) : parts_(std::move(parts)) {
    if (!parts_.splitter->cuts_before_space()) parts_.cuts.avoid_all();
    if (parts_.prefix_space) parts_.cuts.only_before_blanks();
  }

  std::string_view name() const noexcept override { return "bpe"; }
  std::uint32_t vocab_size() const noexcept override { return parts_.bytes.size(); }
  bool needs_utf8() const noexcept override { return true; }
  std::string to_file() const override { return parts_.file; }
  std::optional<TokenId> end_of_text() const override { return parts_.end.id(); }
  TextMarks marks() const override { return parts_.post.marks(); }

  void encode(std::string_view text, std::vector<TokenId>& ids) const override {
    std::vector<std::size_t> ends;
    encode_many({&text, 1}, ids, ends);
  }

  void encode_many(std::span<const std::string_view> texts, std::vector<TokenId>& ids,
                   std::vector<std::size_t>& ends) const override {
    for (const std::string_view text : texts) require_valid_utf8(text);
    encode_valid(texts, ids, ends);
  }

  void encode_part(std::string_view text, TextCarry& carry,
                   std::vector<TokenId>& ids) const override {
    std::vector<std::size_t> ends;
    carry.started = true;
    encode_valid({&text, 1}, ids, ends);
  }
  std::size_t cut(std::string_view text) const noexcept override { return parts_.cuts.last(text); }

  std::string decode(std::span<const TokenId> ids) const override {
    std::string text;
    for (const TokenId id : ids) {
      const std::string_view bytes = parts_.bytes.of(id);
      if (bytes.empty())
        throw Error(ErrorCode::kUsage, "id " + std::to_string(id) + " is not in the vocabulary");
      text += bytes;
    }
    return text;
  }

 private:
  using Lease = LendingPool<Workspace>::Lease;
  struct Run {
    Workspace& workspace;
    std::vector<TokenId>& ids;
  };

  void encode_valid(std::span<const std::string_view> texts, std::vector<TokenId>& ids,
                    std::vector<std::size_t>& ends) const {
    const Lease workspace(pool_, [this] { return make_workspace(); });
    Run run{*workspace, ids};
    for (const std::string_view text : texts) {
      encode_text(text, run);
      ends.push_back(ids.size());
    }
  }

  std::unique_ptr<Workspace> make_workspace() const {
    auto workspace = std::make_unique<Workspace>(*parts_.model);
    workspace->split = parts_.splitter->make_state();
    return workspace;
  }

  void encode_text(std::string_view text, Run& run) const {
    parts_.added.split(
        text, [&](std::string_view part) { encode_between(part, run); },
        [&](const AddedToken& token) { run.ids.push_back(token.id); });
  }

  void encode_between(std::string_view text, Run& run) const {
    const bool changes = parts_.form && !is_ascii(text);  // ASCII is in every normal form
    const std::string normal = changes ? normal_form(text, *parts_.form) : std::string();
    parts_.added_normalized.split(
        changes ? normal : text, [&](std::string_view part) { encode_ordinary(part, run); },
        [&](const AddedToken& token) { run.ids.push_back(token.id); });
  }

  void encode_ordinary(std::string_view text, Run& run) const {
    if (parts_.prefix_space && text.front() != ' ') {
      std::string spaced(1, ' ');
      spaced += text;
      encode_pieces(spaced, run);
    } else {
      encode_pieces(text, run);
    }
  }

  void encode_pieces(std::string_view text, Run& run) const {
    if (text.size() > Splitter::kMaxText)
      throw Error(ErrorCode::kTooLarge, "a text of more than 1 GiB in one piece", {}, "cut it");
    Workspace& workspace = run.workspace;
    std::size_t position = 0;
    while (position < text.size()) {
      const auto start = static_cast<std::uint32_t>(position);
      workspace.ends.clear();
      parts_.splitter->split(text, position, workspace.ends, workspace.split.get());
      add_pieces(text, start, run);
    }
  }

  // The pieces in workspace.ends.
  void add_pieces(std::string_view text, std::uint32_t start, Run& run) const {
    const std::span<const std::uint32_t> ends = run.workspace.ends.all();
    const auto add = [&](std::uint32_t from, std::span<const std::uint32_t> part) {
      run.workspace.bpe.add({text, from, part}, run.ids);
    };
    std::uint32_t flags = 0;
    for (const std::uint32_t end : ends) flags |= end;
    if ((flags & PieceEnds::kDropped) == 0) return add(start, ends);
    for (std::size_t i = 0, first = 0; i < ends.size(); ++i) {
      const bool dropped = (ends[i] & PieceEnds::kDropped) != 0;
      if (!dropped && i + 1 < ends.size()) continue;
      add(start, ends.subspan(first, i - first + (dropped ? 0 : 1)));
      first = i + 1;
      start = ends[i] & ~PieceEnds::kDropped;
    }
  }

  BpeParts parts_;
  mutable LendingPool<Workspace> pool_;
};

}  // namespace

std::unique_ptr<Tokenizer> make_bpe_tokenizer(BpeParts parts) {
  return std::make_unique<BpeTokenizer>(std::move(parts));
}

}  // namespace dsprep
