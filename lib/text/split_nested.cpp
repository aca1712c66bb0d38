#include "lib/text/split.h"

namespace dsprep {
namespace {

struct NestedState final : SplitState {
  std::vector<std::unique_ptr<SplitState>> states;
  PieceEnds pieces, finer;
};

class NestedSplitter final : public Splitter {
 public:
  explicit NestedSplitter(std::vector<std::unique_ptr<Splitter>> splitters)
      : splitters_(std::move(splitters)) {}

  std::unique_ptr<SplitState> make_state() const override {
    auto state = std::make_unique<NestedState>();
    for (const auto& splitter : splitters_) state->states.push_back(splitter->make_state());
    return state;
  }
  bool cuts_before_space() const noexcept override { return false; }

  void split(std::string_view text, std::size_t& position, PieceEnds& ends,
             SplitState* state) const override {
    auto& nested = static_cast<NestedState&>(*state);
    const auto begin = static_cast<std::uint32_t>(position);
    nested.pieces.clear();
    splitters_[0]->split(text, position, nested.pieces, nested.states[0].get());
    for (std::size_t i = 1; i < splitters_.size(); ++i) {
      nested.finer.clear();
      refine(text, begin, i, nested);
      std::swap(nested.pieces, nested.finer);
    }
    for (std::size_t i = 0; i < nested.pieces.size(); ++i) ends.push(nested.pieces[i]);
  }

 private:
  void refine(std::string_view text, std::uint32_t start, std::size_t level,
              NestedState& nested) const {
    for (std::size_t i = 0; i < nested.pieces.size(); ++i) {
      const std::uint32_t end = nested.pieces[i] & ~PieceEnds::kDropped;
      const std::string_view piece = text.substr(start, end - start);
      if (nested.pieces[i] != end) {
        nested.finer.push(nested.pieces[i]);
      } else {
        const std::size_t before = nested.finer.size();
        for (std::size_t at = 0; at < piece.size();)
          splitters_[level]->split(piece, at, nested.finer, nested.states[level].get());
        nested.finer.shift(before, start);
      }
      start = end;
    }
  }

  std::vector<std::unique_ptr<Splitter>> splitters_;
};

}  // namespace

std::unique_ptr<Splitter> make_nested_splitter(std::vector<std::unique_ptr<Splitter>> splitters) {
  if (splitters.size() == 1) return std::move(splitters.front());
  return std::make_unique<NestedSplitter>(std::move(splitters));
}

}  // namespace dsprep
