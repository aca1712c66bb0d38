#include "tools/image_options.h"

#include <string>

namespace dsprep {
namespace po = boost::program_options;

void add_image_options(po::options_description& description) {
  for (const ImageOptionHelp& option : image_option_help()) {
    auto* value = po::value<std::string>();
    if (option.name == "lenient") value->zero_tokens()->implicit_value("yes");  // a flag
    description.add_options()(std::string(option.name).c_str(), value,
                              std::string(option.help).c_str());
  }
}

ImageOptions image_options_from(const po::variables_map& values) {
  ImageOptions options;
  for (const ImageOptionHelp& option : image_option_help()) {
    const std::string name(option.name);
    if (values.count(name) != 0) set_image_option(options, name, values[name].as<std::string>());
  }
  return options;
}

}  // namespace dsprep
