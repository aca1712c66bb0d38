#include "tools/text_options.h"

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

po::value_semantic* text(const char* name) { return po::value<std::string>()->value_name(name); }
po::value_semantic* text(const char* name, const char* standard) {
  return po::value<std::string>()->value_name(name)->default_value(standard);
}
po::value_semantic* count(const char* name) { return po::value<Count>()->value_name(name); }

std::optional<std::uint32_t> token_id(const ParsedOptions& parsed, const char* name) {
  if (!parsed.given(name)) return std::nullopt;
  const auto id = parse_u64(parsed.text(name));
  if (!id || *id > 0xFFFFFFFF)
    throw Error(ErrorCode::kUsage, std::string("--") + name + " is no id of 32 bits");
  return static_cast<std::uint32_t>(*id);
}

std::uint64_t length(const ParsedOptions& parsed, const char* name) {
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 31;
  const std::uint64_t value = parsed.count(name);
  if (value == 0 || value > kLongest)
    throw Error(ErrorCode::kUsage, std::string("--") + name + " must be from 1 to 2^31");
  return value;
}

WindowOptions window_options(const ParsedOptions& parsed) {
  WindowOptions windows;
  windows.pack = parsed.given("pack");
  if (windows.pack && parsed.given("window"))
    throw Error(ErrorCode::kUsage, "--window and --pack exclude each other");
  const bool frames = parsed.given("frames");  // of sound
  if (parsed.given("stride") && !parsed.given("window") && !frames)
    throw Error(ErrorCode::kUsage, "--stride needs --window");
  if (!windows.pack && !parsed.given("window")) {
    if (parsed.given("tail") && !frames)
      throw Error(ErrorCode::kUsage, "--tail needs --window or --pack");
    return windows;
  }
  windows.length = length(parsed, windows.pack ? "pack" : "window");
  windows.stride = parsed.given("stride") ? length(parsed, "stride") : windows.length;
  if (parsed.given("tail")) parse_tail(parsed.text("tail"), windows);
  if (windows.pack && windows.tail == Tail::kShift) {
    throw Error(ErrorCode::kUsage, "--tail shift does not go with --pack", {},
                "use keep, drop or pad:ID");
  }
  return windows;
}

void read_tokenizer(const ParsedOptions& parsed, TextOptions& options) {
  options.tokenizer = parsed.text("tokenizer");
  options.vocab_size = words_size_from(parsed);
  options.min_count = parsed.count("min-count");
  if (parsed.given("pattern")) options.tokenizer_options.pattern = parsed.text("pattern");
  options.tokenizer_options.special = special_from(parsed);
  const std::string& name = options.tokenizer;
  if (name == "bytes" || name == "chars" || name == "words")
    refuse_for_built_in(name, parsed.given("pattern"), parsed.given("special"));
  options.replace_invalid = parsed.choice("invalid-utf8", {"error", "replace"}) == "replace";
}

}  // namespace

std::uint64_t words_size_from(const ParsedOptions& parsed) {
  const std::uint64_t size = parsed.count("vocab-size");
  if (size < 2) throw Error(ErrorCode::kUsage, "--vocab-size has no room for <pad> and <unk>");
  return size;
}

void refuse_for_built_in(const std::string& tokenizer, bool pattern, bool special) {
  if (!pattern && !special) return;
  throw Error(ErrorCode::kUsage,
              std::string(pattern ? "--pattern" : "--special") +
                  " means nothing for the tokenizer " + tokenizer,
              {}, "leave it out, or give a tokenizer file");
}

SpecialTokens special_named(const std::string& name) {
  if (name == "allow") return SpecialTokens::kAllow;
  if (name == "forbid") return SpecialTokens::kForbid;
  return name == "text" ? SpecialTokens::kText : SpecialTokens::kDefault;
}

SpecialTokens special_from(const ParsedOptions& parsed) {
  if (!parsed.given("special")) return SpecialTokens::kDefault;
  return special_named(parsed.choice("special", {"allow", "forbid", "text"}));
}

void add_tokenizer_options(po::options_description& options) {
  options.add_options()("pattern", text("NAME|REGEX"),
                        ".tiktoken: how text is split: gpt2, r50k, p50k, cl100k, o200k, qwen or a "
                        "regular expression (known files need none)")(
      "special", text("POLICY"),
      "special tokens in texts: allow (their ids), forbid or text (.tiktoken and .model: text; "
      "tokenizer.json: allow)")("invalid-utf8", text("POLICY", "error"),
                                "what is not UTF-8: error, or replace (by U+FFFD, as Python does)");
}

void add_text_options(po::options_description& options) {
  options.add_options()(
      "doc", text("FORM", "auto"),
      "file, line, jsonl or csv: what one document is (auto: by extension; csv: with --kind text)")(
      "text-field", text("NAME", "text"), "jsonl, csv: the member or column with the text")(
      "tokenizer", text("T", "bytes"),
      "a .tiktoken, tokenizer.json or SentencePiece .model file; bytes, chars, or words (fitted on "
      "the train split)")("vocab-size", po::value<Count>()->value_name("N")->default_value({65536}),
                          "words: entries at most, with <pad> and <unk>")(
      "min-count", po::value<Count>()->value_name("N")->default_value({1}),
      "words: rarer ones become <unk>")("bos", text("ID"), "id in front of each document")(
      "eos", text("ID|auto"), "id behind each document; auto: the one that the tokenizer names")(
      "add-special-tokens", po::bool_switch(),
      "put around each document what the tokenizer.json's post-processor does ([CLS], [SEP], …)")(
      "max-length", count("N"), "ids of a document at most, with its marks; the rest is cut off")(
      "cut", text("SIDE", "end"), "end or begin: what a document over --max-length loses")(
      "window", count("N"), "cut documents into windows of N ids: each is a sample, KEY@START")(
      "stride", count("N"), "ids between the beginnings of windows (the window's length)")(
      "pack", count("N"),
      "documents behind one another, cut into samples of N ids; 'starts' tells "
      "where documents begin")(
      "tail", text("POLICY"),
      "a window or row that is not full: keep (short), drop, shift (the last window begins "
      "earlier) or pad:ID")("dtype", text("TYPE", "auto"),
                            "auto, uint16 or uint32; waveforms: float32 (auto) or int16");
  add_tokenizer_options(options);
}

TextOptions text_options_from(const ParsedOptions& parsed) {
  TextOptions options;
  options.doc = parse_doc(parsed.text("doc"));
  options.text_field = parsed.text("text-field");
  options.label_field = parsed.text("label-field");
  read_tokenizer(parsed, options);
  options.bos = token_id(parsed, "bos");
  options.eos_auto = parsed.given("eos") && parsed.text("eos") == "auto";
  if (!options.eos_auto) options.eos = token_id(parsed, "eos");
  options.add_special_tokens = parsed.flag("add-special-tokens");
  if (options.add_special_tokens && (parsed.given("bos") || parsed.given("eos")))
    throw Error(ErrorCode::kUsage, "--add-special-tokens excludes --bos and --eos");
  if (parsed.given("max-length")) options.max_length = length(parsed, "max-length");
  options.keep_end = parsed.choice("cut", {"end", "begin"}) == "begin";
  options.windows = window_options(parsed);
  const std::string dtype =
      parsed.choice("dtype", {"auto", "uint16", "uint32", "int16", "float32"});
  if (dtype.starts_with("uint")) options.dtype = dtype_from_name(dtype);
  return options;
}

}  // namespace dsprep
