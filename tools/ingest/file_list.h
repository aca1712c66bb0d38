// Lists of pictures or sounds: csv, tsv and jsonl files with a row a file.
#pragma once

#include <string>
#include <string_view>

#include "tools/ingest/listing.h"

namespace dsprep {

/// True for names that end in csv, tsv, jsonl or ndjson.
bool is_table_name(std::string_view name);

/// True where the first row has a column (member) `path`, and what stands in it is_media_name().
/// Reads the first 64 KiB.
bool is_file_list(const std::string& file, const ListingOptions& options);

/// Adds the files that the rows of `file` name, with what the rows declare of them. Columns are
/// found by name: `path` (relative to the list's folder) and, if they are there, `label`, `split`
/// and `group`, or what `options` say in their place; others are not looked at.
///
/// Throws kUsage where a column is missing that the options name. A row that is not as it must be,
/// or that names no file, is kBadRow (kNotFound, kPermissionDenied) with line and column; with
/// options.skip_errors it becomes a reject `LIST:LINE`, and the rows behind it are read.
void add_file_list(Listing& listing, const std::string& file, const ListingOptions& options);

}  // namespace dsprep
