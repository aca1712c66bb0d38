// A trie over bytes in two arrays: one comparison a byte. Immutable after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace dsprep {

class DoubleArray {
 public:
  using Entry = std::pair<std::string_view, std::uint32_t>;  // a key, not empty, and its value
  static constexpr std::uint32_t kNoValue = ~0U;
  static constexpr std::uint32_t kRoot = 0;

  DoubleArray();
  /// Of equal keys the last one counts.
  explicit DoubleArray(std::vector<Entry> entries);

  /// The node behind `byte`; false where the trie ends.
  bool step(std::uint32_t& node, char byte) const noexcept {
    const std::uint32_t next = nodes_[node].base ^ static_cast<unsigned char>(byte);
    if (nodes_[next].parent != node) return false;
    node = next;
    return true;
  }

  /// The value of the key that ends at `node`, or kNoValue.
  std::uint32_t value(std::uint32_t node) const noexcept { return nodes_[node].value; }

  /// The value of `key`, or kNoValue.
  std::uint32_t find(std::string_view key) const noexcept {
    std::uint32_t node = kRoot;
    for (const char byte : key)
      if (!step(node, byte)) return kNoValue;
    return value(node);
  }

 private:
  struct Node {
    std::uint32_t base = 0;            // children stand at base ^ byte
    std::uint32_t parent = kNoParent;  // kNoParent: free
    std::uint32_t value = kNoValue;
  };
  static constexpr std::uint32_t kNoParent = ~0U;

  std::uint32_t place(std::span<const unsigned char> labels);

  std::vector<Node> nodes_;          // whole blocks of 256
  std::size_t first_open_ = 0;       // blocks before it are full, or were tried often enough
  std::vector<std::uint16_t> free_;  // free nodes of a block
  std::vector<std::uint16_t> first_free_;  // of a block: none stands before it
  std::vector<std::uint16_t> tries_;
};

}  // namespace dsprep
