// A contact sheet: one picture that shows what a dataset of pictures holds.
#pragma once

#include <filesystem>

#include "dsprep/image.h"

namespace dsprep {

/// Draws the first split with samples: a row a class with its name, the number of its samples and
/// the first of them; a grid where there are no classes; the tiles of the first pictures in their
/// places where they are tiles. Pictures that cannot be decoded are crossed out in red. Reads the
/// labels of all samples at most, and decodes only what it shows. Throws kUsage where the dataset
/// has no pictures.
Image contact_sheet(const std::filesystem::path& directory);

}  // namespace dsprep
