#include "tools/ingest/file_list.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "dsprep/error.h"
#include "formats/common/file.h"
#include "formats/common/text.h"
#include "tools/ingest/csv_row.h"
#include "tools/ingest/record_range.h"

namespace dsprep {
namespace {

using nlohmann::json;

constexpr std::size_t kProbeBytes = 64 << 10;

bool is_json_name(std::string_view name) {
  const std::string extension = extension_of(name);
  return extension == "jsonl" || extension == "ndjson";
}

char delimiter_of(std::string_view name) { return extension_of(name) == "tsv" ? '\t' : ','; }

// One of the columns that are looked for.
struct Column {
  std::string name;
  bool required = false;
  std::string Declared::*target = nullptr;          // null: the path
  std::optional<std::size_t> index = std::nullopt;  // in a csv
};

std::vector<Column> columns_of(const ListingOptions& options) {
  const auto column = [](const std::string& asked, const char* usual, std::string Declared::*to) {
    return Column{asked.empty() ? usual : asked, !asked.empty(), to};
  };
  return {{"path", true},
          column(options.label_column, "label", &Declared::label),
          column(options.split_column, "split", &Declared::split),
          column(options.group_column, "group", &Declared::group)};
}

// A row as it was read: the path, and what is said of it.
struct Row {
  std::uint64_t line = 0;
  std::string path;
  Declared declared;
};

[[noreturn]] void refuse(std::uint64_t line, const std::string& column, const std::string& what) {
  throw Error(ErrorCode::kBadRow,
              "line " + std::to_string(line) + ", column '" + column + "': " + what);
}

void set_cell(Row& row, const Column& column, std::string text) {
  // What labels and splits are declared, all rows must say; a group may be left out.
  if (text.empty() && column.name != "group" && column.target != &Declared::group)
    refuse(row.line, column.name, "is empty");
  (column.target == nullptr ? row.path : row.declared.*column.target) = std::move(text);
}

class ListReader {
 public:
  ListReader(Listing& listing, const std::string& file, const ListingOptions& options)
      : listing_(listing),
        file_(file),
        name_(std::filesystem::path(file).filename().string()),
        folder_(file.substr(0, file.size() - name_.size())),
        options_(options),
        columns_(columns_of(options)) {}

  void read() {
    const InputFile file(file_);
    if (file.size() == 0)
      throw Error(ErrorCode::kEmptyFile, "the file has 0 bytes", {.file = file_});
    if (is_json_name(file_)) {
      read_json(read_text(file_));
    } else {
      read_csv(file);
    }
  }

 private:
  void reject(const Error& error, std::uint64_t line) {
    if (!options_.skip_errors || error.code() == ErrorCode::kUsage) {
      throw Error(error.code(), error.message(), {.file = file_}, error.remedy());
    }
    listing_.rejects.push_back({name_ + ":" + std::to_string(line), error.code(), error.message()});
  }

  void add(const Row& row) {
    try {
      add_path(listing_, folder_, row.path, false);
    } catch (const Error& error) {
      const bool no_file = error.code() == ErrorCode::kUsage;
      throw Error(no_file ? ErrorCode::kBadRow : error.code(),
                  "line " + std::to_string(row.line) + ", column 'path': '" +
                      escape_controls(row.path) + "' " +
                      (no_file ? "is no regular file" : "cannot be read: " + error.message()));
    }
    listing_.files.back().declared = static_cast<std::uint32_t>(listing_.declared.size());
    listing_.declared.push_back(row.declared);
  }

  void find_columns(const std::vector<std::string>& header) {
    for (Column& column : columns_) {
      const auto found = std::ranges::find(header, column.name);
      if (found != header.end()) {
        column.index = static_cast<std::size_t>(found - header.begin());
      } else if (column.required) {
        missing(column.name, header);
      }
    }
  }

  [[noreturn]] void missing(const std::string& column, const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + escape_controls(name);
    throw Error(ErrorCode::kUsage, "the list has no column '" + column + "'", {.file = file_},
                "its columns are " + all);
  }

  void read_csv(const InputFile& file) {
    RecordRange rows(file, 0, file.size(), RecordRule::kQuoted);
    std::vector<std::string_view> cells;
    std::size_t width = 0;
    for (std::string_view row; rows.next(row);) {
      if (rows.line() == 1) row = without_byte_order_mark(row);
      if (row.empty()) continue;
      try {
        split_csv_row(row, delimiter_of(file_), cells);
        if (width == 0) {
          width = cells.size();
          find_columns(texts_of(cells));
        } else {
          add_cells(cells, width, rows.line());
        }
      } catch (const Error& error) {
        // What is wrong with the row itself does not say yet on which line it stands.
        const std::string place = "line " + std::to_string(rows.line());
        const bool placed =
            error.code() != ErrorCode::kBadRow || error.message().starts_with(place);
        reject(placed ? error : Error(error.code(), place + ", " + error.message()), rows.line());
      }
    }
  }

  static std::vector<std::string> texts_of(const std::vector<std::string_view>& cells) {
    std::vector<std::string> texts;
    std::string memory;
    for (const std::string_view cell : cells) texts.emplace_back(csv_text(cell, memory));
    return texts;
  }

  void add_cells(const std::vector<std::string_view>& cells, std::size_t width,
                 std::uint64_t line) {
    if (cells.size() != width) {
      throw Error(ErrorCode::kBadRow, std::to_string(cells.size()) + " cells, not " +
                                          std::to_string(width) + " as in the first line");
    }
    Row row{.line = line, .path = {}, .declared = {}};
    std::string memory;
    for (const Column& column : columns_) {
      if (column.index) set_cell(row, column, std::string(csv_text(cells[*column.index], memory)));
    }
    add(row);
  }

  void read_json(const std::string& text) {
    std::uint64_t line = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view raw = std::string_view(text).substr(at, end - at);
      at = end + 1;
      ++line;
      if (raw.find_first_not_of(" \t\r") == raw.npos) continue;
      try {
        add(json_row(raw, line));
      } catch (const Error& error) {
        reject(error, line);
      }
    }
  }

  Row json_row(std::string_view raw, std::uint64_t line) {
    const json object = json::parse(raw, nullptr, false);
    if (!object.is_object()) {
      throw Error(ErrorCode::kBadRow, "line " + std::to_string(line) + ": is no JSON object");
    }
    Row row{.line = line, .path = {}, .declared = {}};
    for (Column& column : columns_) {
      const auto member = object.find(column.name);
      if (member == object.end()) {
        // What one row says, all must say.
        if (column.required) refuse(line, column.name, "is missing");
        continue;
      }
      if (column.target == &Declared::label || column.target == &Declared::split)
        column.required = column.required || listing_.declared.empty();
      if (member->is_string()) {
        set_cell(row, column, member->get<std::string>());
      } else if (member->is_number_integer() && column.target != nullptr) {
        set_cell(row, column, member->dump());
      } else {
        refuse(line, column.name,
               column.target == nullptr ? "is no text" : "is neither a text nor an integer");
      }
    }
    return row;
  }

  Listing& listing_;
  const std::string& file_;
  std::string name_, folder_;
  const ListingOptions& options_;
  std::vector<Column> columns_;
};

// The first two records of the file.
std::array<std::string, 2> head_of(const InputFile& file, RecordRule rule) {
  RecordRange records(file, 0, std::min<std::uint64_t>(file.size(), kProbeBytes), rule);
  std::array<std::string, 2> head;
  std::string_view record;
  for (std::string& first : head) {
    if (records.next(record)) first = record;
  }
  return head;
}

// True where a column of the first row is named "path", and below it stands a name of a file that
// is wanted.
bool names_files(const std::array<std::string, 2>& head, char delimiter,
                 const ListingOptions& options) {
  std::vector<std::string_view> names, cells;
  std::string memory;
  split_csv_row(without_byte_order_mark(head[0]), delimiter, names);
  const auto path = std::ranges::find_if(
      names, [&](std::string_view name) { return csv_text(name, memory) == "path"; });
  if (path == names.end()) return false;
  try {
    split_csv_row(head[1], delimiter, cells);
  } catch (const Error&) {
    return true;  // the list's reader says what is wrong
  }
  const auto index = static_cast<std::size_t>(path - names.begin());
  return index < cells.size() && is_media_name(csv_text(cells[index], memory), options);
}

}  // namespace

bool is_table_name(std::string_view name) {
  const std::string extension = extension_of(name);
  return extension == "csv" || extension == "tsv" || is_json_name(name);
}

bool is_file_list(const std::string& file, const ListingOptions& options) {
  const InputFile input(file);
  try {
    if (!is_json_name(file))
      return names_files(head_of(input, RecordRule::kQuoted), delimiter_of(file), options);
    const json row = json::parse(head_of(input, RecordRule::kLine)[0], nullptr, false);
    return row.is_object() && row.contains("path") && row["path"].is_string() &&
           is_media_name(row["path"].get<std::string>(), options);
  } catch (const Error&) {
    return false;
  }
}

void add_file_list(Listing& listing, const std::string& file, const ListingOptions& options) {
  ListReader(listing, file, options).read();
}

}  // namespace dsprep
