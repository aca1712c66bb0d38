#include "lib/text/hf/pre_tokenizer.h"

#include <utility>
#include <vector>

#include "lib/text/hf/json_parts.h"
#include "lib/text/hf/matcher.h"
#include "lib/text/hf/normalizer.h"
#include "lib/text/hf/split_behavior.h"
#include "lib/text/unicode/normalization.h"
#include "lib/text/unicode/properties.h"

namespace dsprep::hf {
namespace {

// Cuts at every character that `matches`.
template <class Matches>
void split_at(const Slice& slice, Behavior behavior, const Sink& sink, Matches matches) {
  Splitter splitter(slice, behavior, sink);
  std::size_t done = 0;
  for (std::size_t at = 0; at < slice.text.size();) {
    const CodePoint c = code_point_at(slice.text, at);
    if (matches(c.value)) {
      if (done < at) splitter.add(at, false);
      done = at + c.length;
      splitter.add(done, true);
    }
    at += c.length;
  }
  if (done < slice.text.size()) splitter.add(slice.text.size(), false);
  splitter.finish();
}

void split_at(const Slice& slice, Behavior behavior, const Sink& sink, const Matcher& matcher,
              bool invert) {
  Splitter splitter(slice, behavior, sink);
  std::size_t done = 0;
  matcher.each_match(slice.text, [&](std::size_t start, std::size_t end) {
    if (done < start) splitter.add(start, invert);
    splitter.add(end, !invert);
    done = end;
  });
  if (done < slice.text.size()) splitter.add(slice.text.size(), invert);
  splitter.finish();
}

class PropertySplit final : public PreTokenizer {
 public:
  PropertySplit(unsigned property, Behavior behavior) : property_(property), behavior_(behavior) {}
  void split(const Slice& text, const Sink& sink) const override {
    split_at(text, behavior_, sink, [this](char32_t c) { return has_property(c, property_); });
  }
  bool removes_space() const noexcept override {
    return property_ == kWhiteSpace && behavior_ == Behavior::kRemoved;
  }
  bool keeps_ascii_words() const noexcept override { return removes_space(); }

 private:
  unsigned property_;
  Behavior behavior_;
};

class CharacterSplit final : public PreTokenizer {
 public:
  explicit CharacterSplit(char32_t character) : character_(character) {}
  void split(const Slice& text, const Sink& sink) const override {
    split_at(text, Behavior::kRemoved, sink, [this](char32_t c) { return c == character_; });
  }

 private:
  char32_t character_;
};

class BertPreTokenizer final : public PreTokenizer {
 public:
  void split(const Slice& text, const Sink& sink) const override {
    const Sink word = [&](const Slice& slice) {
      split_at(slice, Behavior::kIsolated, sink,
               [](char32_t c) { return has_property(c, kBertPunctuation); });
    };
    split_at(text, Behavior::kRemoved, word,
             [](char32_t c) { return has_property(c, kWhiteSpace); });
  }
  bool removes_space() const noexcept override { return true; }
  bool isolates_punctuation() const noexcept override { return true; }
  bool keeps_ascii_words() const noexcept override { return true; }
};

// \w+|[^\w\s]+
class Whitespace final : public PreTokenizer {
 public:
  void split(const Slice& slice, const Sink& sink) const override {
    const auto kind_of = [](char32_t c) {
      return has_property(c, kWhitespaceWord) ? 1 : has_property(c, kWhiteSpace) ? 0 : 2;
    };
    int kind = 0;
    std::size_t start = 0, at = 0;
    const auto flush = [&] {
      if (kind != 0) sink(slice.part(start, at - start));
    };
    while (at < slice.text.size()) {
      const CodePoint c = code_point_at(slice.text, at);
      const int next = kind_of(c.value);
      if (next != kind) {
        flush();
        kind = next;
        start = at;
      }
      at += c.length;
    }
    flush();
  }
  bool removes_space() const noexcept override { return true; }
};

class Metaspace final : public PreTokenizer {
 public:
  explicit Metaspace(const nlohmann::json& json)
      : mark_(character_of(json, "replacement")),
        scheme_(value_or<std::string>(json, "prepend_scheme", "always")),
        split_(value_or(json, "split", true)) {
    append_utf8(text_, mark_);
    if (!value_or(json, "add_prefix_space", true)) {
      if (scheme_ != "never") refuse("a Metaspace that both adds a space and does not");
    }
    if (scheme_ != "never" && scheme_ != "first" && scheme_ != "always")
      refuse("the prepend_scheme '" + scheme_ + "'");
  }

  void split(const Slice& slice, const Sink& sink) const override {
    Buffer marked;
    for (std::size_t i = 0; i < slice.text.size(); ++i) {
      if (i == slice.from_start) marked.from_start = marked.text.size();
      if (slice.text[i] == ' ') {
        marked.text += text_;
      } else {
        marked.text += slice.text[i];
      }
    }
    if (slice.from_start >= slice.text.size()) marked.from_start = marked.text.size();
    if (scheme_ != "never" && !marked.text.starts_with(text_) &&
        (scheme_ == "always" || slice.from_start > 0)) {
      marked.text.insert(0, text_);
      if (marked.from_start > 0) marked.from_start += text_.size();
    }
    if (split_) {
      split_at(marked, Behavior::kMergedWithNext, sink, [this](char32_t c) { return c == mark_; });
    } else {
      sink(marked);
    }
  }
  bool looks_at_start() const noexcept override { return scheme_ == "first"; }

 private:
  char32_t mark_;
  std::string scheme_;
  bool split_;
  std::string text_;
};

class RegexSplit final : public PreTokenizer {
 public:
  explicit RegexSplit(const nlohmann::json& json)
      : matcher_(make_matcher(json.at("pattern"))),
        behavior_(behavior_from_name(json.at("behavior").get<std::string>())),
        invert_(json.at("invert").get<bool>()) {}
  void split(const Slice& text, const Sink& sink) const override {
    split_at(text, behavior_, sink, *matcher_, invert_);
  }

 private:
  std::unique_ptr<Matcher> matcher_;
  Behavior behavior_;
  bool invert_;
};

class ByteLevel final : public PreTokenizer {
 public:
  explicit ByteLevel(const nlohmann::json& json)
      : prefix_(json.at("add_prefix_space").get<bool>()),
        matcher_(value_or(json, "use_regex", true) ? make_gpt2_matcher() : nullptr) {}

  void split(const Slice& slice, const Sink& sink) const override {
    Buffer text{std::string(slice.text), slice.from_start};
    if (prefix_ && !text.text.starts_with(' ')) {
      text.text.insert(0, " ");
      if (text.from_start > 0) ++text.from_start;
    }
    const Sink characters = [&](const Slice& part) {
      const std::string first = bytes_as_characters(part.text.substr(0, part.from_start));
      sink({bytes_as_characters(part.text), first.size()});
    };
    if (matcher_ == nullptr) {
      characters(text);
    } else {
      split_at(text, Behavior::kIsolated, characters, *matcher_, false);
    }
  }

 private:
  bool prefix_;
  std::unique_ptr<Matcher> matcher_;
};

// Japanese scripts count as one, with the mark for long vowels; a space belongs to any script.
class UnicodeScripts final : public PreTokenizer {
 public:
  // As Hugging Face's tokenizers, which begins with the first character of a known script.
  void split(const Slice& slice, const Sink& sink) const override {
    unsigned last = 0;
    std::size_t start = slice.text.size();
    for (std::size_t at = 0; at < slice.text.size();) {
      const CodePoint c = code_point_at(slice.text, at);
      const unsigned script = script_of(c.value);
      if (script != 0 && script != last) {
        if (start < at) sink(slice.part(start, at - start));
        start = at;
      }
      if (script != 0) last = script;
      at += c.length;
    }
    if (start < slice.text.size()) sink(slice.part(start, slice.text.size() - start));
  }
};

class FixedLength final : public PreTokenizer {
 public:
  explicit FixedLength(std::size_t length) : length_(length) {}
  void split(const Slice& slice, const Sink& sink) const override {
    std::size_t start = 0, count = 0, at = 0;
    while (at < slice.text.size()) {
      at += code_point_at(slice.text, at).length;
      if (++count < length_ && at < slice.text.size()) continue;
      sink(slice.part(start, at - start));
      start = at;
      count = 0;
    }
  }

 private:
  std::size_t length_;
};

class Sequence final : public PreTokenizer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<PreTokenizer>> parts) : parts_(std::move(parts)) {}
  void split(const Slice& text, const Sink& sink) const override { split_from(0, text, sink); }
  bool removes_space() const noexcept override {
    return !parts_.empty() && parts_[0]->removes_space();
  }
  bool looks_at_start() const noexcept override {
    for (const auto& part : parts_)
      if (part->looks_at_start()) return true;
    return false;
  }

 private:
  // As deep as the file's list is long.
  void split_from(std::size_t part, const Slice& text, const Sink& sink) const {
    if (part == parts_.size()) {
      sink(text);
    } else {
      parts_[part]->split(text, [&](const Slice& slice) { split_from(part + 1, slice, sink); });
    }
  }

  std::vector<std::unique_ptr<PreTokenizer>> parts_;
};

std::unique_ptr<PreTokenizer> make_sequence(const nlohmann::json& json) {
  std::vector<std::unique_ptr<PreTokenizer>> parts;
  for (const nlohmann::json& part : json.at("pretokenizers")) {
    if (type_of(part) == "Sequence") refuse("a pre-tokenizer sequence in a sequence");
    parts.push_back(make_pre_tokenizer(part));
  }
  if (parts.size() > 64) refuse("a sequence of more than 64 pre-tokenizers");
  return std::make_unique<Sequence>(std::move(parts));
}

std::unique_ptr<PreTokenizer> make_fixed_length(const nlohmann::json& json) {
  const auto length = value_or<std::size_t>(json, "length", 5);
  if (length == 0) refuse("parts of length 0");
  return std::make_unique<FixedLength>(length);
}

}  // namespace

std::unique_ptr<PreTokenizer> make_pre_tokenizer(const nlohmann::json& json) {
  const std::string type = type_of(json);
  if (type == "BertPreTokenizer") return std::make_unique<BertPreTokenizer>();
  if (type == "Whitespace") return std::make_unique<Whitespace>();
  if (type == "WhitespaceSplit")
    return std::make_unique<PropertySplit>(kWhiteSpace, Behavior::kRemoved);
  if (type == "Punctuation") {
    return std::make_unique<PropertySplit>(
        kPunctuation, behavior_from_name(value_or<std::string>(json, "behavior", "Isolated")));
  }
  if (type == "Digits") {
    const bool single = json.at("individual_digits").get<bool>();
    return std::make_unique<PropertySplit>(kNumeric,
                                           single ? Behavior::kIsolated : Behavior::kContiguous);
  }
  if (type == "Metaspace") return std::make_unique<Metaspace>(json);
  if (type == "Split") return std::make_unique<RegexSplit>(json);
  if (type == "ByteLevel") return std::make_unique<ByteLevel>(json);
  if (type == "CharDelimiterSplit")
    return std::make_unique<CharacterSplit>(character_of(json, "delimiter"));
  if (type == "UnicodeScripts") return std::make_unique<UnicodeScripts>();
  if (type == "FixedLength") return make_fixed_length(json);
  if (type == "Sequence") return make_sequence(json);
  refuse("the pre-tokenizer '" + type + "'");
}

}  // namespace dsprep::hf
