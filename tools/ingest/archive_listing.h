// The pictures and sounds in an archive, and the labels that stand beside them as in WebDataset.
#pragma once

#include <string>
#include <string_view>

#include "tools/ingest/listing.h"

namespace dsprep {

/// True for names of archives: tar, zip, and packed tars (tar.gz, tgz, tar.zst, …).
bool is_archive_name(std::string_view name);

/// Replaces the archives among listing.files that are inputs by their members: those that the user
/// named, and those in folders without another input. A member's key is the archive's key, a slash, and
/// its name. Members are hidden or ignored as files in folders are.
///
/// Labels: where a tar has NAME.cls beside its files (WebDataset's way: NAME ends at the first
/// point), or NAME.json and `label_field` is not empty, they are declared. Throws as ArchiveStream
/// and scan_tar; with `skip`, an archive that cannot be read is a reject as a whole.
void open_archives(Listing& listing, const ListingOptions& options);

}  // namespace dsprep
