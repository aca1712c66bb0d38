// Lists of pictures: csv, tsv and jsonl files with a row a picture.
#pragma once

#include <string>
#include <string_view>

#include "tools/ingest/listing.h"

namespace dsprep {

/// True for names that end in csv, tsv, jsonl or ndjson.
bool is_table_name(std::string_view name);

/// True where the first row has a column (member) `path`, and what stands in it ends like the name
/// of a picture. Reads the first 64 KiB.
bool is_picture_list(const std::string& file);

/// Adds the pictures that the rows of `file` name, with what the rows declare of them. Columns are
/// found by name: `path` (relative to the list's folder) and, if they are there, `label`, `split`
/// and `group`, or what `options` say in their place; others are not looked at.
///
/// Throws kUsage where a column is missing that the options name. A row that is not as it must be,
/// or that names no file, is kBadRow (kNotFound, kPermissionDenied) with line and column; with
/// options.skip_errors it becomes a reject `LIST:LINE`, and the rows behind it are read.
void add_picture_list(Listing& listing, const std::string& file, const ListingOptions& options);

}  // namespace dsprep
