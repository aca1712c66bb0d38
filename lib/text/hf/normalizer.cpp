#include "lib/text/hf/normalizer.h"

#include <array>
#include <utility>
#include <vector>

#include "lib/text/charsmap.h"
#include "lib/text/hf/json_parts.h"
#include "lib/text/hf/matcher.h"
#include "lib/text/hf/precompiled.h"
#include "lib/text/unicode/normalization.h"
#include "lib/text/unicode/properties.h"

namespace dsprep::hf {
namespace {

using Transform = std::string (*)(std::string_view);

// What works on every character for itself.
void apply_by_character(Buffer& buffer, Transform transform) {
  const std::string_view text = buffer.text;
  std::string first = transform(text.substr(0, buffer.from_start));
  std::string out =
      buffer.from_start == 0 ? transform(text) : first + transform(text.substr(buffer.from_start));
  buffer.from_start = first.size();
  buffer.text = std::move(out);
}

// `first` is what the first character became by itself: together with others it may be another one.
void find_start(Buffer& buffer, const std::string& first) {
  if (buffer.from_start == 0 || buffer.text.empty()) return;
  buffer.from_start = buffer.text.starts_with(first) ? first.size() : utf8_length(buffer.text[0]);
}

char small_ascii(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <class Keep>
std::string filtered(std::string_view text, Keep keep) {
  std::string out;
  out.reserve(text.size());
  for_each_code_point(text, [&](char32_t c, std::string_view bytes) {
    if (keep(c)) out += bytes;
  });
  return out;
}

template <NormalForm form>
class FormNormalizer final : public Normalizer {
 public:
  void apply(Buffer& buffer) const override {
    const std::string first = normal_form(buffer.text.substr(0, buffer.from_start), form);
    buffer.text = normal_form(buffer.text, form);
    find_start(buffer, first);
  }
  bool is_local() const noexcept override { return true; }
  char ascii(char c) const noexcept override { return c; }
};

class CharacterNormalizer final : public Normalizer {
 public:
  CharacterNormalizer(Transform transform, bool local) : transform_(transform), local_(local) {}
  void apply(Buffer& buffer) const override { apply_by_character(buffer, transform_); }
  bool is_local() const noexcept override { return local_; }
  char ascii(char c) const noexcept override {
    return local_ ? transform_({&c, 1})[0] : '\0';
  }

 private:
  Transform transform_;
  bool local_;
};

std::string without_marks(std::string_view text) {
  return filtered(text, [](char32_t c) { return !has_property(c, kCombiningMark); });
}

// Source: normalizers/unicode.rs of huggingface/tokenizers.
std::string nmt(std::string_view text) {
  std::string out;
  for_each_code_point(text, [&](char32_t c, std::string_view bytes) {
    const bool removed = (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F ||
                         c == 0x8F || c == 0x9F;
    const bool space = c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 ||
                       (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
                       c == 0xFEFF || c == 0xFFFD;
    if (!removed) out += space ? " " : bytes;
  });
  return out;
}

class StripNormalizer final : public Normalizer {
 public:
  StripNormalizer(bool left, bool right) : left_(left), right_(right) {}
  void apply(Buffer& buffer) const override {
    std::string_view text = buffer.text;
    const auto is_space = [](const CodePoint& c) { return has_property(c.value, kWhiteSpace); };
    while (left_ && !text.empty() && is_space(code_point_at(text, 0)))
      text.remove_prefix(code_point_at(text, 0).length);
    const std::size_t removed = buffer.text.size() - text.size();
    while (right_ && !text.empty() && is_space(code_point_before(text, text.size())))
      text.remove_suffix(code_point_before(text, text.size()).length);
    buffer.from_start = buffer.from_start > removed ? buffer.from_start - removed : 0;
    buffer.text = std::string(text);
  }

 private:
  bool left_, right_;
};

class PrependNormalizer final : public Normalizer {
 public:
  explicit PrependNormalizer(std::string prefix) : prefix_(std::move(prefix)) {}
  void apply(Buffer& buffer) const override {
    if (buffer.text.empty()) return;
    buffer.text.insert(0, prefix_);
    if (buffer.from_start > 0) buffer.from_start += prefix_.size();
  }

 private:
  std::string prefix_;
};

class ReplaceNormalizer final : public Normalizer {
 public:
  ReplaceNormalizer(std::unique_ptr<Matcher> matcher, std::string content)
      : matcher_(std::move(matcher)), content_(std::move(content)) {}
  void apply(Buffer& buffer) const override {
    std::string out;
    std::size_t from_start = 0, done = 0;
    const auto copy = [&](std::size_t end) {
      from_start += buffer.from_start > done ? std::min(end, buffer.from_start) - done : 0;
      out.append(buffer.text, done, end - done);
      done = end;
    };
    matcher_->each_match(buffer.text, [&](std::size_t start, std::size_t end) {
      if (start == end) refuse("a replacement of the empty text");
      copy(start);
      if (end <= buffer.from_start) from_start += content_.size();
      out += content_;
      done = end;
    });
    copy(buffer.text.size());
    buffer = {std::move(out), from_start};
  }

 private:
  std::unique_ptr<Matcher> matcher_;
  std::string content_;
};

class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(const nlohmann::json& json)
      : clean_(json.at("clean_text").get<bool>()),
        chinese_(json.at("handle_chinese_chars").get<bool>()),
        lower_(json.at("lowercase").get<bool>()),
        strip_(value_or(json, "strip_accents", lower_)) {}

  void apply(Buffer& buffer) const override {
    const std::string_view text = buffer.text;
    std::string first = whole(text.substr(0, buffer.from_start));
    std::string out = whole(text);
    buffer.from_start = first.size();
    buffer.text = std::move(out);
  }
  bool is_local() const noexcept override { return true; }
  char ascii(char c) const noexcept override { return lower_ ? small_ascii(c) : c; }

 private:
  std::string whole(std::string_view text) const {
    std::string out;
    out.reserve(text.size());
    for_each_code_point(text, [&](char32_t c, std::string_view bytes) {
      if (clean_ && has_property(c, kBertControl)) return;
      const bool chinese = chinese_ && has_property(c, kBertChinese);
      if (chinese) out += ' ';
      out += clean_ && has_property(c, kBertSpace) ? " " : bytes;
      if (chinese) out += ' ';
    });
    if (strip_) {
      out = filtered(normal_form(out, NormalForm::kNfd),
                     [](char32_t c) { return !has_property(c, kNonSpacingMark); });
    }
    return lower_ ? small_letters(out) : out;
  }

  bool clean_, chinese_, lower_, strip_;
};

class PrecompiledNormalizer final : public Normalizer {
 public:
  PrecompiledNormalizer(std::string_view blob, const std::string& file) : map_(blob, file) {}
  void apply(Buffer& buffer) const override {
    const std::string first = apply_precompiled(map_, buffer.text.substr(0, buffer.from_start));
    buffer.text = apply_precompiled(map_, buffer.text);
    find_start(buffer, first);
  }

 private:
  Charsmap map_;
};

class SequenceNormalizer final : public Normalizer {
 public:
  explicit SequenceNormalizer(std::vector<std::unique_ptr<Normalizer>> parts)
      : parts_(std::move(parts)) {}
  void apply(Buffer& buffer) const override {
    for (const auto& part : parts_) part->apply(buffer);
  }
  bool is_local() const noexcept override {
    for (const auto& part : parts_)
      if (!part->is_local()) return false;
    return true;
  }
  char ascii(char c) const noexcept override {
    for (const auto& part : parts_)
      if (c != 0) c = part->ascii(c);
    return c;
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> parts_;
};

std::unique_ptr<Normalizer> make_sequence(const nlohmann::json& json, const std::string& file) {
  std::vector<std::unique_ptr<Normalizer>> parts;
  for (const nlohmann::json& part : json.at("normalizers")) {
    if (type_of(part) == "Sequence") refuse("a normalizer sequence in a sequence");
    parts.push_back(make_normalizer(part, file));
  }
  return std::make_unique<SequenceNormalizer>(std::move(parts));
}

}  // namespace

std::unique_ptr<Normalizer> make_normalizer(const nlohmann::json& json, const std::string& file) {
  const std::string type = type_of(json);
  if (type == "NFC") return std::make_unique<FormNormalizer<NormalForm::kNfc>>();
  if (type == "NFD") return std::make_unique<FormNormalizer<NormalForm::kNfd>>();
  if (type == "NFKC") return std::make_unique<FormNormalizer<NormalForm::kNfkc>>();
  if (type == "NFKD") return std::make_unique<FormNormalizer<NormalForm::kNfkd>>();
  if (type == "Lowercase") return std::make_unique<CharacterNormalizer>(small_letters, true);
  if (type == "StripAccents") return std::make_unique<CharacterNormalizer>(without_marks, true);
  if (type == "Nmt") return std::make_unique<CharacterNormalizer>(nmt, false);
  if (type == "ByteLevel") return std::make_unique<CharacterNormalizer>(bytes_as_characters, false);
  if (type == "BertNormalizer") return std::make_unique<BertNormalizer>(json);
  if (type == "Strip") {
    return std::make_unique<StripNormalizer>(json.at("strip_left").get<bool>(),
                                             json.at("strip_right").get<bool>());
  }
  if (type == "Prepend")
    return std::make_unique<PrependNormalizer>(json.at("prepend").get<std::string>());
  if (type == "Replace") {
    return std::make_unique<ReplaceNormalizer>(make_matcher(json.at("pattern")),
                                               json.at("content").get<std::string>());
  }
  if (type == "Precompiled") {
    if (json.at("precompiled_charsmap").is_null()) refuse("a Precompiled normalizer without rules");
    return std::make_unique<PrecompiledNormalizer>(
        decode_base64(json.at("precompiled_charsmap").get<std::string>()), file);
  }
  if (type == "Sequence") return make_sequence(json, file);
  refuse("the normalizer '" + type + "'");
}

// GPT-2's alphabet: printable bytes of Latin-1 stand for themselves, the others for U+0100 and on.
std::string bytes_as_characters(std::string_view text) {
  static const std::array<std::string, 256> characters = [] {
    std::array<std::string, 256> list;
    char32_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool itself = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
      append_utf8(list[byte], itself ? byte : next++);
    }
    return list;
  }();
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) out += characters[static_cast<unsigned char>(c)];
  return out;
}

int byte_of_character(char32_t c) {
  static const std::vector<int> bytes = [] {
    std::vector<int> list(0x200, -1);
    for (int byte = 0; byte < 256; ++byte) {
      const char one = static_cast<char>(byte);
      const std::string character = bytes_as_characters({&one, 1});
      list[code_point_at(character, 0).value] = byte;
    }
    return list;
  }();
  return c < bytes.size() ? bytes[c] : -1;
}

}  // namespace dsprep::hf
