// Source of the rules: decoders/*.rs of huggingface/tokenizers.
#include "lib/text/hf/decoder.h"

#include <optional>
#include <utility>

#include "lib/text/hf/json_parts.h"
#include "lib/text/hf/lossy_utf8.h"
#include "lib/text/hf/matcher.h"
#include "lib/text/hf/normalizer.h"

namespace dsprep::hf {
namespace {

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = text.find(from); !from.empty() && at != std::string_view::npos;
       at = text.find(from, done)) {
    out += text.substr(done, at - done);
    out += to;
    done = at + from.size();
  }
  out += text.substr(done);
  return out;
}

// Takes away the spaces that splitting put before punctuation and short forms.
std::string cleaned(std::string text) {
  constexpr std::pair<const char*, const char*> kRules[] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  };
  for (const auto& [from, to] : kRules) text = replaced(text, from, to);
  return text;
}

// What works on every token for itself, but for the first or the last one.
template <class Change>
class EachToken final : public Decoder {
 public:
  explicit EachToken(Change change) : change_(std::move(change)) {}
  Tokens decode(Tokens tokens) const override {
    for (std::size_t i = 0; i < tokens.size(); ++i)
      tokens[i] = change_(std::move(tokens[i]), i, tokens.size());
    return tokens;
  }

 private:
  Change change_;
};

template <class Change>
std::unique_ptr<Decoder> each_token(Change change) {
  return std::make_unique<EachToken<Change>>(std::move(change));
}

class ByteLevelDecoder final : public Decoder {
 public:
  Tokens decode(Tokens tokens) const override {
    std::string bytes;
    for (const std::string& token : tokens) bytes += bytes_of(token);
    return {lossy_utf8(bytes)};
  }

 private:
  // A token with another character stands for itself.
  static std::string bytes_of(const std::string& token) {
    std::string bytes;
    for (std::size_t at = 0; at < token.size();) {
      const CodePoint c = code_point_at(token, at);
      const int byte = byte_of_character(c.value);
      if (byte < 0) return token;
      bytes += static_cast<char>(byte);
      at += c.length;
    }
    return bytes;
  }
};

class ByteFallbackDecoder final : public Decoder {
 public:
  Tokens decode(Tokens tokens) const override {
    Tokens out;
    std::string bytes;
    const auto flush = [&] {
      if (bytes.empty()) return;
      if (lossy_utf8(bytes) == bytes) {
        out.push_back(bytes);
      } else {
        out.insert(out.end(), bytes.size(), "\xEF\xBF\xBD");
      }
      bytes.clear();
    };
    for (std::string& token : tokens) {
      if (const auto byte = byte_of(token)) {
        bytes += static_cast<char>(*byte);
      } else {
        flush();
        out.push_back(std::move(token));
      }
    }
    flush();
    return out;
  }

 private:
  static std::optional<int> byte_of(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
    int byte = 0;
    for (const char c : token.substr(3, 2)) {
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return std::nullopt;
      byte = byte * 16 + digit;
    }
    return byte;
  }
};

class FuseDecoder final : public Decoder {
 public:
  Tokens decode(Tokens tokens) const override {
    std::string all;
    for (const std::string& token : tokens) all += token;
    return {all};
  }
};

class CtcDecoder final : public Decoder {
 public:
  explicit CtcDecoder(const nlohmann::json& json)
      : pad_(json.at("pad_token").get<std::string>()),
        delimiter_(json.at("word_delimiter_token").get<std::string>()),
        cleanup_(json.at("cleanup").get<bool>()) {}
  Tokens decode(Tokens tokens) const override {
    Tokens out;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0 && tokens[i] == tokens[i - 1]) continue;
      std::string text = replaced(tokens[i], pad_, "");
      if (cleanup_) text = replaced(cleaned(std::move(text)), delimiter_, " ");
      if (!text.empty()) out.push_back(std::move(text));
    }
    return out;
  }

 private:
  std::string pad_, delimiter_;
  bool cleanup_;
};

class ReplaceDecoder final : public Decoder {
 public:
  explicit ReplaceDecoder(const nlohmann::json& json)
      : matcher_(make_matcher(json.at("pattern"))),
        content_(json.at("content").get<std::string>()) {}
  Tokens decode(Tokens tokens) const override {
    for (std::string& token : tokens) {
      std::string out;
      std::size_t done = 0;
      matcher_->each_match(token, [&](std::size_t start, std::size_t end) {
        out.append(token, done, start - done);
        out += content_;
        done = end;
      });
      out.append(token, done);
      token = std::move(out);
    }
    return tokens;
  }

 private:
  std::unique_ptr<Matcher> matcher_;
  std::string content_;
};

class SequenceDecoder final : public Decoder {
 public:
  explicit SequenceDecoder(std::vector<std::unique_ptr<Decoder>> parts)
      : parts_(std::move(parts)) {}
  Tokens decode(Tokens tokens) const override {
    for (const auto& part : parts_) tokens = part->decode(std::move(tokens));
    return tokens;
  }

 private:
  std::vector<std::unique_ptr<Decoder>> parts_;
};

std::unique_ptr<Decoder> make_metaspace(const nlohmann::json& json) {
  const char32_t mark = character_of(json, "replacement");
  const bool adds = value_or<std::string>(json, "prepend_scheme", "always") != "never";
  return each_token([mark, adds](const std::string& token, std::size_t i, std::size_t) {
    std::string out;
    for_each_code_point(token, [&](char32_t c, std::string_view bytes) {
      if (c != mark) {
        out += bytes;
      } else if (i > 0 || !adds) {
        out += ' ';
      }
    });
    return out;
  });
}

std::unique_ptr<Decoder> make_word_piece(const nlohmann::json& json) {
  const auto prefix = json.at("prefix").get<std::string>();
  const bool clean = json.at("cleanup").get<bool>();
  return each_token([prefix, clean](std::string token, std::size_t i, std::size_t) {
    if (i > 0) token = token.starts_with(prefix) ? token.substr(prefix.size()) : " " + token;
    return clean ? cleaned(std::move(token)) : token;
  });
}

std::unique_ptr<Decoder> make_strip(const nlohmann::json& json) {
  std::string content;
  append_utf8(content, character_of(json, "content"));
  const auto start = json.at("start").get<std::size_t>();
  const auto stop = json.at("stop").get<std::size_t>();
  return each_token([content, start, stop](const std::string& token, std::size_t, std::size_t) {
    std::string_view text = token;
    for (std::size_t i = 0; i < start && text.starts_with(content); ++i)
      text.remove_prefix(content.size());
    for (std::size_t i = 0; i < stop && text.ends_with(content); ++i)
      text.remove_suffix(content.size());
    return std::string(text);
  });
}

std::unique_ptr<Decoder> make_sequence(const nlohmann::json& json) {
  std::vector<std::unique_ptr<Decoder>> parts;
  for (const nlohmann::json& part : json.at("decoders")) {
    if (type_of(part) == "Sequence") refuse("a decoder sequence in a sequence");
    parts.push_back(make_decoder(part));
  }
  return std::make_unique<SequenceDecoder>(std::move(parts));
}

}  // namespace

std::unique_ptr<Decoder> make_decoder(const nlohmann::json& json) {
  const std::string type = type_of(json);
  if (type == "ByteLevel") return std::make_unique<ByteLevelDecoder>();
  if (type == "ByteFallback") return std::make_unique<ByteFallbackDecoder>();
  if (type == "Fuse") return std::make_unique<FuseDecoder>();
  if (type == "CTC") return std::make_unique<CtcDecoder>(json);
  if (type == "Replace") return std::make_unique<ReplaceDecoder>(json);
  if (type == "Metaspace") return make_metaspace(json);
  if (type == "WordPiece") return make_word_piece(json);
  if (type == "Strip") return make_strip(json);
  if (type == "Sequence") return make_sequence(json);
  if (type == "BPEDecoder") {
    const auto suffix = json.at("suffix").get<std::string>();
    return each_token([suffix](const std::string& token, std::size_t i, std::size_t count) {
      return replaced(token, suffix, i + 1 == count ? "" : " ");
    });
  }
  refuse("the decoder '" + type + "'");
}

}  // namespace dsprep::hf
