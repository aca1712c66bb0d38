// make_small_dataset DIR CONTAINER: the dataset of small_dataset.h, for tests of the command line.
#include <iostream>

#include "support/small_dataset.h"

int main(int argc, char** argv) {
  const auto container = argc == 3 ? dsprep::container_from_name(argv[2]) : std::nullopt;
  if (!container) {
    std::cerr << "usage: make_small_dataset DIR memmap|lmdb|wds\n";
    return 2;
  }
  dsprep::test::make_small_dataset(argv[1], *container);
}
