// Publishing: a finished dataset takes its place, all of it or nothing.
#pragma once

#include <filesystem>
#include <string>

namespace dsprep {

/// Where a replacing build waits, beside the old dataset: PARENT/.NAME.dsprep-new
std::filesystem::path waiting_folder(const std::filesystem::path& out);

/// True where DIR holds a finished dataset.
bool has_dataset(const std::filesystem::path& out);

/// Moves the files of `staged` (dataset.json last) into `out`, where no dataset stands; or, where
/// one stands, exchanges the folders in one step (renameat2), or with two renames where the file
/// system has no exchange: then, for the moment between them, DIR is not there. Both may be cut at
/// any point and be called again. Throws kIo.
void publish_dataset(const std::filesystem::path& staged, const std::filesystem::path& out);

/// Goes on with a publication that was cut between its steps, and removes what it left. True where
/// `out` holds plan `plan` now.
bool finish_publication(const std::filesystem::path& out, const std::string& plan);

}  // namespace dsprep
