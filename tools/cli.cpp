#include "tools/cli.h"

#include <algorithm>
#include <iostream>
#include <sstream>
#include <thread>

#include "dsprep/error.h"
#include "formats/common/file.h"
#include "formats/common/text.h"
#include "tools/ingest/size.h"

namespace dsprep {
namespace {

constexpr unsigned kMostJobs = 1024;
// Holds the arguments without dashes. The blank keeps users from giving it as an option.
constexpr const char* kPositional = " arguments";

bool takes_many(const CommandLine& command) {
  return !command.positional.empty() && command.positional.back().ends_with("...");
}

[[noreturn]] void refuse(const CommandLine& command, const std::string& what) {
  throw Error(ErrorCode::kUsage, what, {}, "see dsprep " + command.name + " --help");
}

[[noreturn]] void refuse_unknown(const CommandLine& command, const po::unknown_option& error) {
  std::string name = error.get_option_name();
  name.erase(0, name.find_first_not_of('-'));
  if (std::ranges::find(command.later, name) != command.later.end()) {
    throw Error(ErrorCode::kUsage, "--" + name + " is not supported by this version of dsprep");
  }
  refuse(command, "unknown option '--" + escape_controls(name) + "'");
}

void print_help(const CommandLine& command, const po::options_description& visible) {
  std::cout << "usage: dsprep " << command.name << " " << command.synopsis << "\n\n"
            << command.description << "\n\noptions:\n"
            << visible;
}

void check_positional(const CommandLine& command, const std::vector<std::string>& given) {
  const std::size_t wanted = command.positional.size();
  if (given.size() < wanted) refuse(command, command.positional[given.size()] + " is missing");
  if (given.size() > wanted && !takes_many(command)) {
    refuse(command, "an argument too many: '" + escape_controls(given[wanted]) + "'");
  }
}

void store_config(const std::string& path, const po::options_description& options,
                  po::variables_map& values) {
  std::istringstream lines(read_text(path));
  try {
    po::store(po::parse_config_file(lines, options), values);
  } catch (const po::error& error) {
    throw Error(ErrorCode::kUsage, error.what(), {.file = path});
  }
}

template <class T, class Parse>
void validate_number(boost::any& out, const std::vector<std::string>& tokens, Parse number) {
  po::validators::check_first_occurrence(out);
  const std::string& text = po::validators::get_single_string(tokens);
  const std::optional<std::uint64_t> value = number(text);
  if (!value) throw po::invalid_option_value(text);
  out = T{*value};
}

}  // namespace

void validate(boost::any& out, const std::vector<std::string>& tokens, Count*, int) {
  validate_number<Count>(out, tokens, [](const std::string& text) { return parse_u64(text); });
}

void validate(boost::any& out, const std::vector<std::string>& tokens, Size*, int) {
  validate_number<Size>(out, tokens, [](const std::string& text) -> std::optional<std::uint64_t> {
    try {
      return parse_size(text, "size");
    } catch (const Error&) {
      return std::nullopt;
    }
  });
}

std::ostream& operator<<(std::ostream& out, const Count& count) { return out << count.value; }
std::ostream& operator<<(std::ostream& out, const Size& size) { return out << size.value; }

bool ParsedOptions::given(const std::string& name) const {
  return values_.count(name) != 0 && !values_[name].defaulted();
}

const std::string& ParsedOptions::choice(const std::string& name,
                                         std::initializer_list<std::string_view> allowed) const {
  const std::string& value = text(name);
  if (std::ranges::find(allowed, value) != allowed.end()) return value;
  std::string list;
  for (const std::string_view word : allowed)
    list += (list.empty() ? "" : ", ") + std::string(word);
  throw Error(ErrorCode::kUsage, "--" + name + " cannot be '" + escape_controls(value) + "'", {},
              "it is one of: " + list);
}

std::optional<ParsedOptions> parse(const CommandLine& command,
                                   const std::vector<std::string>& arguments) {
  po::options_description visible(command.options);
  visible.add_options()("config", po::value<std::string>()->value_name("FILE"),
                        "more options, from a file of 'key = value' lines")("help,h", "this text");
  po::options_description all;
  all.add(visible).add_options()(kPositional, po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add(kPositional, -1);
  po::variables_map values;
  try {
    const int style =
        po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(
        po::command_line_parser(arguments).options(all).positional(positional).style(style).run(),
        values);
    if (values.count("help") != 0) {
      print_help(command, visible);
      return std::nullopt;
    }
    if (values.count("config") != 0)
      store_config(values["config"].as<std::string>(), command.options, values);
    po::notify(values);
  } catch (const po::unknown_option& error) {
    refuse_unknown(command, error);
  } catch (const po::error& error) {
    refuse(command, error.what());
  }
  std::vector<std::string> given;
  if (values.count(kPositional) != 0) given = values[kPositional].as<std::vector<std::string>>();
  check_positional(command, given);
  return ParsedOptions(std::move(values), std::move(given));
}

void add_jobs_option(po::options_description& options) {
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1U, kMostJobs);
  options.add_options()("jobs", po::value<Count>()->default_value({cores})->value_name("N"),
                        "threads; never changes the result");
}

unsigned jobs(const ParsedOptions& options) {
  const std::uint64_t value = options.count("jobs");
  if (value < 1 || value > kMostJobs) {
    throw Error(ErrorCode::kUsage, "--jobs must be from 1 to " + std::to_string(kMostJobs));
  }
  return static_cast<unsigned>(value);
}

void add_progress_option(po::options_description& options) {
  options.add_options()("progress",
                        po::value<std::string>()->default_value("auto")->value_name("MODE"),
                        "auto, bar, plain, json or none: how work on the way is shown, on stderr");
}

}  // namespace dsprep
