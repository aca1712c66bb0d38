#include "tools/ingest/sample_content.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dsprep/error.h"
#include "dsprep/words.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "formats/common/text.h"
#include "lib/text/unicode/normalization.h"

namespace dsprep {
namespace {

using nlohmann::json;

bool is_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; });
}

void collapse_white_space(std::string_view text, std::string& out) {
  out.clear();
  for_each_word(text, [&out](std::string_view word) {
    if (!out.empty()) out += ' ';
    out += word;
  });
}

Hash128 hash_of_collapsed(std::string_view text, std::string& memory) {
  if (is_ascii(text)) {
    collapse_white_space(text, memory);
    for (char& c : memory) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return xxh3_128(as_bytes(memory));
  }
  if (!is_utf8(text)) return xxh3_128(as_bytes(text));
  // Small letters may fall apart, and what they make is composed again.
  const std::string folded =
      normal_form(small_letters(normal_form(text, NormalForm::kNfc)), NormalForm::kNfc);
  collapse_white_space(folded, memory);
  return xxh3_128(as_bytes(memory));
}

const char* const kOptionsOfText = "text";

}  // namespace

Hash128 hash_of_text(std::string_view text) {
  std::string memory;
  return hash_of_collapsed(text, memory);
}

SampleContent::SampleContent(const Dataset& data, const std::vector<std::string>& fields) {
  set_tokenizer(data);
  const std::vector<Field>& all = data.schema().fields;
  const auto add = [&](std::size_t i) {
    compared_.push_back({i, rule_of(all[i]), all[i].name, all[i].dtype});
  };
  for (const std::string& name : fields) add(data.schema().index_of(name));
  if (!fields.empty()) return;
  const bool audio = data.manifest().kind == "audio";
  const auto whole = std::ranges::find_if(all, [&](const Field& field) {
    if (audio) return field.name == "waveform" || field.name == "mel";
    return field.encoding == Encoding::kImage || field.name == "image";
  });
  if (whole != all.end()) add(static_cast<std::size_t>(whole - all.begin()));
  for (std::size_t i = 0; whole == all.end() && i < all.size(); ++i) {
    if (all[i].encoding != Encoding::kClass) add(i);
  }
  if (compared_.empty()) add(0);
}

void SampleContent::set_tokenizer(const Dataset& data) {
  const json provenance = json::parse(data.manifest().provenance, nullptr, false);
  const auto options = provenance.is_object() ? provenance.find("options") : provenance.end();
  if (options == provenance.end() || !options->contains(kOptionsOfText)) return;
  const std::string name = (*options)[kOptionsOfText].value("tokenizer", "");
  bytes_ = name == "bytes";
  if (name == "chars") tokenizer_ = make_chars_tokenizer();
  const auto file = provenance.find("tokenizer");
  if (name != "file" || file == provenance.end()) return;
  const std::filesystem::path path = data.directory() / file->value("file", "");
  const std::string pattern = (*options)[kOptionsOfText].value("pattern", "");
  tokenizer_ = Tokenizer::load(path, {.pattern = pattern});
}

SampleContent::Rule SampleContent::rule_of(const Field& field) const {
  if (field.encoding == Encoding::kImage) return Rule::kPixels;
  if (field.encoding == Encoding::kText) return Rule::kText;
  const bool ids =
      field.name == "tokens" && (field.dtype == DType::kUint16 || field.dtype == DType::kUint32);
  return ids && (bytes_ || tokenizer_) ? Rule::kIds : Rule::kBytes;
}

std::string SampleContent::description() const {
  static constexpr const char* kNames[] = {"pixels", "normalised text", "normalised text", "bytes"};
  std::string text;
  for (const Compared& compared : compared_) {
    text += (text.empty() ? "" : ", ") + compared.name + " (" +
            kNames[static_cast<std::size_t>(compared.rule)] + ")";
  }
  return text;
}

// Ids that the tokenizer does not know (padding) end what can be read back.
std::string_view SampleContent::text_of_ids(const Compared& compared, Bytes bytes,
                                            Scratch& scratch) const {
  scratch.ids.clear();
  const std::size_t width = dtype_size(compared.dtype);
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    scratch.ids.push_back(width == 2 ? get<std::uint16_t>(bytes, at)
                                     : get<std::uint32_t>(bytes, at));
  }
  if (!bytes_) {
    scratch.text = tokenizer_->decode(scratch.ids);
    return scratch.text;
  }
  scratch.text.clear();
  for (const TokenId id : scratch.ids) {
    if (id < 256) {
      scratch.text += static_cast<char>(id);
    } else {
      scratch.text += "<" + std::to_string(id) + ">";
    }
  }
  return scratch.text;
}

Hash128 SampleContent::hash_of(const Compared& compared, const FieldValue& value,
                               Scratch& scratch) const {
  const auto as_text = [](Bytes bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  std::string memory;
  switch (compared.rule) {
    case Rule::kText:
      return hash_of_collapsed(as_text(value.bytes), memory);
    case Rule::kIds:
      return hash_of_collapsed(text_of_ids(compared, value.bytes, scratch), memory);
    case Rule::kPixels: {
      (void)scratch.decoder.decode(value.bytes, {}, scratch.image);
      Hasher128 hasher;
      const std::uint32_t size[] = {scratch.image.width, scratch.image.height};
      hasher.update(std::as_bytes(std::span(size)));
      hasher.update(scratch.image.bytes());
      return hasher.value();
    }
    case Rule::kBytes:
      break;
  }
  Hasher128 hasher;
  hasher.update(std::as_bytes(value.shape.extents()));
  hasher.update(value.bytes);
  return hasher.value();
}

Hash128 SampleContent::hash(const ShardReader& shard, std::uint64_t position,
                            Scratch& scratch) const {
  scratch.form.clear();
  for (const Compared& compared : compared_) {
    const FieldValue value = shard.view(position, compared.field, scratch.buffer);
    const Hash128 hash = hash_of(compared, value, scratch);
    if (compared_.size() == 1) return hash;
    put_bytes(scratch.form, std::as_bytes(std::span(&hash, 1)));
  }
  return xxh3_128(scratch.form);
}

}  // namespace dsprep
