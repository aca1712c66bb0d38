// A bounded memory of short pieces of text and what became of them: 64 bytes a piece, a newer piece
// takes the place of an older one. One thread at a time; WordCachePool lends them out.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "dsprep/tokenizer.h"

namespace dsprep {

class WordCache {
 public:
  static constexpr std::size_t kMostBytes = 24;
  static constexpr std::size_t kMostIds = 8;

  struct Key {
    std::array<std::uint64_t, 3> words;
    std::uint64_t hash;
    std::uint32_t length;
  };

  struct Entry {
    std::array<std::uint64_t, 3> words{};
    std::uint8_t length = 0;  // 0: empty
    std::uint8_t count = 0;
    std::uint16_t note = 0;  // the user's
    float margin = 0;        // the user's
    std::array<TokenId, kMostIds> ids{};
  };
  static_assert(sizeof(Entry) == 64);

  /// 2^bits entries.
  explicit WordCache(unsigned bits = 15) : shift_(64 - bits), entries_(std::size_t{1} << bits) {}

  /// 1 to kMostBytes bytes; `readable`: bytes that may be read from text.data() on.
  static Key key_of(std::string_view text, std::size_t readable) noexcept {
    Key key{{load(text.data(), text.size(), readable), 0, 0},
            0,
            static_cast<std::uint32_t>(text.size())};
    if (text.size() > 8) {
      key.words[1] = load(text.data() + 8, text.size() - 8, readable - 8);
      if (text.size() > 16) key.words[2] = load(text.data() + 16, text.size() - 16, readable - 16);
    }
    std::uint64_t mixed = (key.words[0] + key.length) * 0x9E3779B97F4A7C15U;
    mixed ^= std::rotl(key.words[1] * 0xC2B2AE3D27D4EB4FU, 31) ^
             std::rotl(key.words[2] * 0x165667B19E3779F9U, 17);
    key.hash = (mixed ^ mixed >> 29) * 0x9FB21C651E98DF25U;
    return key;
  }

  /// What is known of `key`; null if nothing.
  const Entry* find(const Key& key) const noexcept {
    const Entry& entry = entries_[key.hash >> shift_];
    return entry.length == key.length && entry.words == key.words ? &entry : nullptr;
  }

  /// A place for `key`; the caller fills in ids and count.
  Entry& put(const Key& key) noexcept {
    Entry& entry = entries_[key.hash >> shift_];
    entry.words = key.words;
    entry.length = static_cast<std::uint8_t>(key.length);
    return entry;
  }

 private:
  static std::uint64_t load(const char* from, std::size_t bytes, std::size_t readable) noexcept {
    std::uint64_t word = 0;
    if (bytes >= 8) {
      std::memcpy(&word, from, 8);
    } else if (readable >= 8) {
      std::memcpy(&word, from, 8);
      word &= (std::uint64_t{1} << (bytes * 8)) - 1;
    } else {
      std::memcpy(&word, from, bytes);
    }
    return word;
  }

  unsigned shift_;
  std::vector<Entry> entries_;
};

/// Lends caches to calls: as many exist as calls ran at the same time.
class WordCachePool {
 public:
  class Lease {
   public:
    explicit Lease(WordCachePool& pool) : pool_(pool), cache_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(cache_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    WordCache& operator*() const noexcept { return *cache_; }

   private:
    WordCachePool& pool_;
    std::unique_ptr<WordCache> cache_;
  };

 private:
  std::unique_ptr<WordCache> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<WordCache>();
    std::unique_ptr<WordCache> cache = std::move(free_.back());
    free_.pop_back();
    return cache;
  }
  void give_back(std::unique_ptr<WordCache> cache) noexcept {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(cache));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<WordCache>> free_;
};

}  // namespace dsprep
