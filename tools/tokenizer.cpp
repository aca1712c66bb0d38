// dsprep tokenizer train: a vocabulary from the texts of the train split.
#include <iostream>

#include "dsprep/error.h"
#include "dsprep/tokenizer_training.h"
#include "formats/common/file.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/train_texts.h"
#include "tools/target.h"
#include "tools/text_options.h"

namespace dsprep {
namespace {

po::value_semantic* text(const char* name, const char* standard) {
  return po::value<std::string>()->value_name(name)->default_value(standard);
}

CommandLine command_line() {
  CommandLine command{
      .name = "tokenizer train",
      .synopsis = "INPUT... --model bpe|unigram|words --vocab-size N --out FILE [options]",
      .description =
          "Trains a tokenizer on texts, or on the train split of a dataset. The file is a "
          "tokenizer.json that Hugging Face's\ntokenizers read. bpe: byte-level, with GPT-2's "
          "pre-tokenizer; the most frequent pair is merged first, of equally\nfrequent ones that "
          "with the lower ids. words: by falling count, of equal counts by bytes; <pad> is 0 and "
          "<unk> is 1. unigram: a SentencePiece .model, made by the sentencepiece library.",
      .options = po::options_description(),
      .positional = {"INPUT..."}};
  command.options.add_options()("model", text("MODEL", "bpe"), "bpe, unigram or words")(
      "vocab-size", po::value<Count>()->value_name("N")->default_value({30000}),
      "entries at most, all included")(
      "min-count", po::value<Count>()->value_name("N"),
      "words and pairs that stand less often are left out (bpe: 2, words: 1)")(
      "special-tokens", text("A,B,...", ""), "bpe: tokens that get the first ids")(
      "byte-fallback", po::bool_switch(), "unigram: bytes for characters that are in no piece")(
      "out", po::value<std::string>()->value_name("FILE"), "the file")(
      "doc", text("FORM", "auto"), "file, line, jsonl or csv: what one document is")(
      "text-field", text("NAME", "text"), "jsonl, csv: the member or column with the text")(
      "split", text("RULE", "auto"), "as for build-shards: only documents of train are read")(
      "group-by", text("RULE", ""), "as for build-shards")(
      "on-error", text("POLICY", "fail"), "fail, or skip: pass over bad documents");
  add_jobs_option(command.options);
  add_progress_option(command.options);
  return command;
}

BuildOptions inputs_from(const ParsedOptions& parsed, CountUnit unit) {
  BuildOptions options;
  options.inputs = parsed.positional();
  options.kind = InputKind::kText;
  options.split = SplitRule::parse(parsed.text("split"));
  options.group_by = parsed.text("group-by");
  options.labels = LabelRule::kNone;
  options.text.doc = parse_doc(parsed.text("doc"));
  options.text.text_field = parsed.text("text-field");
  options.text.count = unit;
  options.jobs = jobs(parsed);
  options.skip_errors = parsed.choice("on-error", {"fail", "skip"}) == "skip";
  options.progress = parse_progress(parsed.text("progress"));
  return options;
}

TrainTexts texts_for(const ParsedOptions& parsed, CountUnit unit) {
  const std::vector<std::string>& inputs = parsed.positional();
  if (inputs.size() == 1 && is_dataset(inputs[0]))
    return read_train_texts(std::filesystem::path(inputs[0]), unit, jobs(parsed));
  return read_train_texts(inputs_from(parsed, unit));
}

std::vector<std::string> tokens_in(const std::string& list) {
  std::vector<std::string> tokens;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    tokens.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return tokens;
}

std::string train(const ParsedOptions& parsed) {
  const std::uint64_t size = parsed.count("vocab-size");
  const std::string model = parsed.choice("model", {"bpe", "unigram", "words"});
  if (model != "bpe" && parsed.given("special-tokens"))
    throw Error(ErrorCode::kUsage, "--special-tokens is for --model bpe");
  if (model == "unigram") {
    if (parsed.given("min-count"))
      throw Error(ErrorCode::kUsage, "--min-count is for --model bpe and words");
    return train_unigram(texts_for(parsed, CountUnit::kTexts).texts,
                         {.vocab_size = size, .byte_fallback = parsed.flag("byte-fallback")});
  }
  if (parsed.flag("byte-fallback"))
    throw Error(ErrorCode::kUsage, "--byte-fallback is for --model unigram");
  const std::uint64_t least = parsed.given("min-count") ? parsed.count("min-count")
                              : model == "bpe"          ? 2
                                                        : 1;
  if (model == "words") {
    const std::uint64_t words = words_size_from(parsed);
    const TrainTexts train = texts_for(parsed, CountUnit::kWords);
    return make_words_tokenizer(train.words.vocabulary(words, least))->to_file();
  }
  return train_byte_level_bpe(texts_for(parsed, CountUnit::kPieces).words,
                              {.vocab_size = size,
                               .min_count = least,
                               .special_tokens = tokens_in(parsed.text("special-tokens"))});
}

}  // namespace

int run_tokenizer(const std::vector<std::string>& arguments) {
  const bool train_given = !arguments.empty() && arguments[0] == "train";
  if (!arguments.empty() && !train_given && arguments[0] != "--help") {
    throw Error(ErrorCode::kUsage, "there is no 'tokenizer " + arguments[0] + "'", {},
                "dsprep tokenizer train INPUT...");
  }
  if (arguments.empty()) {
    throw Error(ErrorCode::kUsage, "what to do is missing", {}, "dsprep tokenizer train INPUT...");
  }
  const auto parsed =
      parse(command_line(), {arguments.begin() + (train_given ? 1 : 0), arguments.end()});
  if (!parsed) return 0;
  if (!parsed->given("out"))
    throw Error(ErrorCode::kUsage, "--out is missing", {}, "name the file: --out FILE");
  const std::string file = train(*parsed);
  write_whole(parsed->text("out"), as_bytes(file));
  return 0;
}

}  // namespace dsprep
