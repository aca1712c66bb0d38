// dsprep tokenize FILE --tokenizer T --out IDS: the token ids of one text.
#include <algorithm>
#include <csignal>
#include <iostream>

#include "dsprep/error.h"
#include "dsprep/tokenizer.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "lib/text/utf8.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/ingest/ordered.h"
#include "tools/ingest/phases.h"
#include "tools/ingest/text_blocks.h"
#include "tools/text_options.h"
#include "tools/timing.h"

namespace dsprep {
namespace {

enum class InvalidUtf8 : std::uint8_t { kError, kReplace };

struct Block {
  TextBlocks::Block input;
  std::string replaced;  // its text, where bytes of it are replaced
  std::vector<TokenId> ids;
  std::vector<std::uint16_t> narrow;
};

void narrow(Block& block) {
  block.narrow.resize(block.ids.size());
  TokenId largest = 0;
  for (std::size_t i = 0; i < block.ids.size(); ++i) {
    largest = std::max(largest, block.ids[i]);
    block.narrow[i] = static_cast<std::uint16_t>(block.ids[i]);
  }
  if (largest > 0xFFFF) {
    throw Error(ErrorCode::kUsage, "id " + std::to_string(largest) + " does not fit uint16", {},
                "use --dtype uint32");
  }
}

class TokenizeRun {
 public:
  TokenizeRun(const InputFile& file, const Tokenizer& tokenizer, bool wide, InvalidUtf8 invalid)
      : file_(file), tokenizer_(tokenizer), wide_(wide), invalid_(invalid) {}

  /// Appends all ids to `out`; returns their number.
  std::uint64_t run(unsigned jobs, OutputFile& out) {
    std::uint64_t count = 0;
    TextBlocks blocks(file_, tokenizer_);
    if (tokenizer_.needs_order()) jobs = 1;
    run_ordered<Block>(
        jobs, jobs == 1 ? 1 : jobs + 2,
        [&](Block& block) {
          check_interrupted();
          return blocks.next(block.input);
        },
        [&](Block& block, unsigned) { encode(block); },
        [&](Block& block) {
          count += block.ids.size();
          out.append(wide_ ? std::as_bytes(std::span(block.ids))
                           : std::as_bytes(std::span(block.narrow)));
        });
    return count;
  }

 private:
  void encode(Block& block) {
    block.ids.clear();
    const std::string_view text = valid_text(block);
    TextCarry own{.started = block.input.offset != 0};
    try {
      if (!text.empty())
        tokenizer_.encode_part(text, tokenizer_.needs_order() ? carry_ : own, block.ids);
    } catch (const Error& error) {
      Where where{.file = file_.path().string()};
      if (error.where().offset) where.offset = block.input.offset + *error.where().offset;
      throw Error(error.code(), error.message(), where, error.remedy());
    }
    if (!wide_) narrow(block);
  }

  std::string_view valid_text(Block& block) const {
    const std::string_view text = block.input.text;
    if (!tokenizer_.needs_utf8()) return text;
    const std::size_t bad = first_invalid_utf8(text);
    if (bad == text.size()) return text;
    if (invalid_ == InvalidUtf8::kError) {
      throw Error(ErrorCode::kBadEncoding, "the text is not UTF-8",
                  {.file = file_.path().string(), .offset = block.input.offset + bad},
                  "convert it, or give --invalid-utf8 replace");
    }
    return block.replaced = replace_invalid_utf8(text);
  }

  const InputFile& file_;
  const Tokenizer& tokenizer_;
  bool wide_;
  InvalidUtf8 invalid_;
  TextCarry carry_;  // where blocks need their order
};

std::unique_ptr<Tokenizer> tokenizer_of(const ParsedOptions& options) {
  const std::string& name = options.text("tokenizer");
  const std::string& special = options.choice("special", {"default", "allow", "forbid", "text"});
  if (name == "bytes" || name == "chars")
    refuse_for_built_in(name, !options.text("pattern").empty(), special != "default");
  if (name == "bytes") return make_bytes_tokenizer();
  if (name == "chars") return make_chars_tokenizer();
  if (name == "words") {
    throw Error(ErrorCode::kUsage, "words needs a vocabulary that was fitted before", {},
                "give the tokenizer.json of a dataset, or of dsprep tokenizer train --model words");
  }
  return Tokenizer::load(name,
                         {.pattern = options.text("pattern"), .special = special_named(special)});
}

void write_ids(const std::filesystem::path& path, TokenizeRun& run, unsigned jobs, Timing& timing) {
  const std::filesystem::path temporary = temporary_name(path);
  try {
    OutputFile out(temporary);
    const Stopwatch work;
    timing.samples = run.run(jobs, out) != 0 ? 1 : 0;
    out.flush();
    timing.seconds = work.seconds();
    const Stopwatch sync;
    out.sync();
    out.close();
    rename_file(temporary, path);
    sync_path(path.parent_path());
    timing.sync_seconds = sync.seconds();
  } catch (...) {
    remove_file(temporary);
    throw;
  }
}

CommandLine command_line() {
  CommandLine command{
      .name = "tokenize",
      .synopsis = "FILE --tokenizer T --out IDS [options]",
      .description =
          "Writes the token ids of a text as plain little-endian integers. The file is one "
          "document; "
          "its bytes are\nnot changed and no special tokens are added. T is a .tiktoken, "
          "tokenizer.json or SentencePiece .model file,\nbytes (an id a byte) or chars (an id a "
          "character: its code point).",
      .positional = {"FILE"}};
  command.options.add_options()("tokenizer", po::value<std::string>()->required(), "T")(
      "out", po::value<std::string>()->required(), "where the ids go")(
      "pattern", po::value<std::string>()->default_value(""),
      "how a .tiktoken file's text is split: gpt2, r50k, p50k, cl100k, o200k, qwen, llama3 or a "
      "regular expression (default: told by its ranks)")(
      "special", po::value<std::string>()->default_value("default"),
      "the text of special tokens: allow (their ids), forbid (an error), text (ordinary text); "
      "default: text, for a tokenizer.json allow")(
      "dtype", po::value<std::string>()->default_value("auto"),
      "auto, uint16 or uint32; auto: uint16 where the vocabulary fits")(
      "invalid-utf8", po::value<std::string>()->default_value("error"),
      "bytes that are not UTF-8: error, or replace by U+FFFD as Python does")(
      "timing", po::bool_switch(), "end with one line of JSON");
  add_jobs_option(command.options);
  return command;
}

}  // namespace

int run_tokenize(const std::vector<std::string>& arguments) {
  const Stopwatch start;
  const auto options = parse(command_line(), arguments);
  if (!options) return 0;
  const std::string& dtype = options->choice("dtype", {"auto", "uint16", "uint32"});
  const bool replace = options->choice("invalid-utf8", {"error", "replace"}) == "replace";
  const unsigned threads = jobs(*options);
  const InputFile file(options->positional()[0]);
  const auto tokenizer = tokenizer_of(*options);
  const bool wide = dtype == "uint32" || (dtype == "auto" && tokenizer->vocab_size() > 0x10000);
  TokenizeRun run(file, *tokenizer, wide, replace ? InvalidUtf8::kReplace : InvalidUtf8::kError);
  Timing timing{.bytes = file.size(), .startup_seconds = start.seconds()};
  const auto stop = [](int) { g_interrupted = true; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
  write_ids(options->text("out"), run, threads, timing);
  if (options->flag("timing")) std::cout << to_json(timing) << '\n';
  return 0;
}

}  // namespace dsprep
