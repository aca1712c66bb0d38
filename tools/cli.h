// Command lines: what every subcommand does with its arguments, on top of Boost.Program_options.
// Main thread only. All faults are Error(kUsage) that name the option.
#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsprep {

namespace po = boost::program_options;

/// Option values that refuse signs and letters: po::value<Count>(), po::value<Size>() ("64Mi").
struct Count {
  std::uint64_t value = 0;
};
struct Size {
  std::uint64_t value = 0;
};
// Found by Boost through the argument's namespace; they throw po::invalid_option_value.
void validate(boost::any& out, const std::vector<std::string>& tokens, Count*, int);
void validate(boost::any& out, const std::vector<std::string>& tokens, Size*, int);
std::ostream& operator<<(std::ostream& out, const Count& count);
std::ostream& operator<<(std::ostream& out, const Size& size);

/// What a subcommand accepts. --help and --config FILE are added to `options`.
struct CommandLine {
  std::string name;         ///< "verify"
  std::string synopsis;     ///< "DIR|SHARD [options]"
  std::string description;  ///< a paragraph for --help
  po::options_description options = {};
  std::vector<std::string>
      positional;  ///< names, all required; the last may end in "..." (one or more)
  std::vector<std::string> later =
      {};  ///< options without dashes that the documentation names and this version refuses
};

/// The values: from the command line, else from --config FILE, else the defaults.
class ParsedOptions {
 public:
  ParsedOptions(po::variables_map values, std::vector<std::string> positional)
      : values_(std::move(values)), positional_(std::move(positional)) {}

  /// The user gave it (a default does not count).
  bool given(const std::string& name) const;
  /// Requires: the option was declared with T and is given or has a default.
  template <class T>
  const T& get(const std::string& name) const {
    return values_[name].as<T>();
  }
  bool flag(const std::string& name) const { return get<bool>(name); }
  std::uint64_t count(const std::string& name) const { return get<Count>(name).value; }
  const std::string& text(const std::string& name) const { return get<std::string>(name); }
  /// The text, which must be one of `allowed`; throws kUsage that lists them.
  const std::string& choice(const std::string& name,
                            std::initializer_list<std::string_view> allowed) const;

  /// What Boost has parsed, for options that other code declares.
  const po::variables_map& values() const noexcept { return values_; }
  const std::vector<std::string>& positional() const noexcept { return positional_; }

 private:
  po::variables_map values_;
  std::vector<std::string> positional_;
};

/// Parses; throws kUsage. Empty where --help was asked for: it has been printed to stdout, and the
/// command returns 0.
std::optional<ParsedOptions> parse(const CommandLine& command,
                                   const std::vector<std::string>& arguments);

/// Declares --jobs N; `jobs` gives its value from 1 to 1024 (default: the cores there are).
void add_jobs_option(po::options_description& options);
unsigned jobs(const ParsedOptions& options);

/// Declares --progress auto|bar|plain|json|none; its value is read with progress_mode() of
/// tools/progress.h.
void add_progress_option(po::options_description& options);

}  // namespace dsprep
