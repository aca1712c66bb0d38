// dsprep cat: the bytes of one field of one sample.
#include <iostream>

#include "dsprep/error.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/target.h"

namespace dsprep {
namespace {

std::uint64_t index_of(const Dataset& data, const ParsedOptions& options) {
  if (options.given("index") == options.given("key")) {
    throw Error(ErrorCode::kUsage, "one of --index and --key must be given");
  }
  if (options.given("index")) return options.count("index");
  if (const auto index = data.find(options.text("key"))) return *index;
  throw Error(ErrorCode::kNotFound,
              "no sample of split " + data.split() + " has the key '" + options.text("key") + "'",
              {}, "dsprep ls lists the keys");
}

}  // namespace

int run_cat(const std::vector<std::string>& arguments) {
  CommandLine command{
      .name = "cat",
      .synopsis = "DIR --split S --index I|--key K [--field F]",
      .description =
          "Writes the bytes of one field to stdout: those of an encoded picture or text as they "
          "are, else the\nelements, little-endian, in C order. Finding a key reads the keys of "
          "the split one after another.",
      .positional = {"DIR"}};
  command.options.add_options()("split", po::value<std::string>()->value_name("S"),
                                "the split; may be left out where there is only one")(
      "index", po::value<Count>()->value_name("I"), "index of the sample in the split, from 0")(
      "key", po::value<std::string>()->value_name("K"), "key of the sample")(
      "field", po::value<std::string>()->value_name("F"), "name of the field (the first one)");
  const auto options = parse(command, arguments);
  if (!options) return 0;
  const Dataset data = open_split(options->positional()[0],
                                  options->given("split") ? options->text("split") : std::string());
  const std::size_t field =
      options->given("field") ? data.schema().index_of(options->text("field")) : 0;
  SampleBuffer buffer;
  const Tensor tensor = data.field(index_of(data, *options), field, buffer);
  std::cout.write(reinterpret_cast<const char*>(tensor.bytes.data()),
                  static_cast<std::streamsize>(tensor.bytes.size()));
  return 0;
}

}  // namespace dsprep
