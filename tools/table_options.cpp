#include "tools/table_options.h"

#include "dsprep/error.h"
#include "tools/ingest/table_scaling.h"
#include "tools/ingest/table_spec.h"
#include "tools/ingest/table_value.h"

namespace dsprep {
namespace {

po::value_semantic* text(const char* name, const char* standard = "") {
  return po::value<std::string>()->value_name(name)->default_value(standard);
}

std::vector<std::string> split_commas(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma != 0) items.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return items;
}

char delimiter_from(const std::string& text) {
  if (text.empty()) return 0;
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() == 1 && text[0] != '"' && text[0] != '\n' && text[0] != '\r') return text[0];
  throw Error(ErrorCode::kUsage, "--delimiter: '" + text + "' is no single character", {},
              "use one of , ; | or tab");
}

}  // namespace

const std::vector<std::string> kSharedTableOptions = {"min-count", "window", "stride", "tail"};

void add_table_options(po::options_description& options) {
  options.add_options()(
      "columns", text("SPEC", "*"),
      "tables: which columns go to which field: [FIELD=]COLUMN[+COLUMN...][:TYPE][?DEFAULT], "
      "separated by commas; types float32, float64, int8 to int64, uint8 to uint64, bool, text, "
      "category, onehot, ordinal(A<B<...); '*' (the default): all others, numbers as the vector "
      "'features', the rest each as a field")("no-header", po::bool_switch(),
                    "csv: the first row holds values; columns are 0, 1, ...")(
      "delimiter", text("CHAR"), "csv: what stands between values (a comma; .tsv: tab)")(
      "missing", text("WORDS", "NA,N/A,NaN,nan,NULL,null,None"),
      "tables: texts that, like the empty one, mean that a number is missing: NaN in floats, an "
      "error in integers and bool without a default")(
      "scale", text("SPEC"),
      "tables: scale by what train teaches: [FIELD=]standard, robust[:LOW:HIGH], minmax[:FROM:TO] "
      "or clip:LOW:HIGH, separated by commas; without FIELD every field of floats")(
      "series", text("COLUMN"), "with --window: which series a row belongs to")(
      "time", text("COLUMN"), "with --window: must not fall within a series")(
      "horizon", po::value<Count>()->value_name("H")->default_value({0}),
      "with --window: the H rows behind a window become its field 'target'")(
      "target", text("COLUMNS"), "with --horizon: their columns (all of 'features')");
}

TableOptions table_options_from(const ParsedOptions& parsed, const TextOptions& text) {
  TableOptions options;
  options.columns = parsed.text("columns");
  (void)parse_columns(options.columns);
  options.scale = parsed.text("scale");
  (void)parse_scale(options.scale);
  options.format.header = !parsed.flag("no-header");
  options.format.delimiter = delimiter_from(parsed.text("delimiter"));
  options.missing = split_commas(parsed.text("missing"));
  options.min_count = parsed.count("min-count");
  options.series = parsed.text("series");
  options.time = parsed.text("time");
  options.horizon = parsed.count("horizon");
  options.targets = split_commas(parsed.text("target"));
  options.windows = text.windows;
  if (!parsed.given("tail")) options.windows.tail = Tail::kDrop;
  options.pad = text.windows.pad;
  return options;
}

}  // namespace dsprep
