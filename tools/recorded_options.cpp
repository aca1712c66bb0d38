// Canonical options back to a command line: their names are those of the options, with dashes.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "dsprep/error.h"
#include "dsprep/version.h"
#include "formats/common/json.h"
#include "tools/build_options.h"

namespace dsprep {
namespace {

using nlohmann::json;

std::string text_of(const json& value) {
  if (value.is_array()) {
    std::string list;
    for (const json& entry : value) list += (list.empty() ? "" : ",") + text_of(entry);
    return list;
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// An option that takes no value is written down only where it was given.
bool is_flag(const po::options_description& known, const std::string& name) {
  const po::option_description* option = known.find_nothrow(name, false);
  return option != nullptr && option->semantic()->max_tokens() == 0;
}

void add_arguments(const json& recorded, const std::string& tokenizer,
                   const po::options_description& known, std::vector<std::string>& arguments) {
  for (const auto& [key, value] : recorded.items()) {
    if (value.is_object()) {
      add_arguments(value, tokenizer, known, arguments);  // the options of one kind
      continue;
    }
    std::string name = key;
    std::ranges::replace(name, '_', '-');
    const bool file = name == "tokenizer" && value == "file";
    arguments.push_back(is_flag(known, name)
                            ? "--" + name
                            : "--" + name + "=" + (file ? tokenizer : text_of(value)));
  }
}

void check_version(const json& provenance, const std::filesystem::path& directory) {
  const std::string made_by = provenance.value("dsprep", "another program");
  if (made_by == version() && provenance.contains("options")) return;
  throw Error(ErrorCode::kVersion,
              "the dataset was made by dsprep " + made_by + ", this is " + std::string(version()),
              {.file = directory.string()}, "rebuild with the version that made it");
}

}  // namespace

BuildOptions recorded_build_options(const std::filesystem::path& directory,
                                    const Manifest& manifest,
                                    const std::vector<std::string>& inputs) {
  std::vector<std::string> arguments = {"--out=" + directory.string(), "--on-error=skip"};
  const Where where{.file = (directory / "dataset.json").string()};
  read_json(manifest.provenance, where, [&](const json& provenance) {
    check_version(provenance, directory);
    const json tokenizer = provenance.value("tokenizer", json::object());
    add_arguments(provenance.at("options"), (directory / tokenizer.value("file", "")).string(),
                  build_option_names(), arguments);
  });
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), inputs.begin(), inputs.end());
  return parse_build_options(arguments);
}

}  // namespace dsprep
