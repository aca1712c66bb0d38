// read_dataset DIR [SPLIT]: the samples of a dataset, a line each.
#include <exception>
#include <iostream>

#include "dsprep/dataset.h"

int main(int argc, char** argv) try {
  if (argc < 2) return std::cerr << "usage: read_dataset DIR [SPLIT]\n", 2;
  const auto data = dsprep::Dataset::open(argv[1], argc > 2 ? argv[2] : "train");
  dsprep::SampleBuffer buffer;  // one a thread, reused for every sample
  for (std::uint64_t i = 0; i < data.size(); ++i) {
    const dsprep::Sample sample = data.read(i, buffer);
    std::cout << sample.key();
    for (const dsprep::Tensor& tensor : sample.tensors()) {
      std::cout << "  " << tensor.name << " " << dsprep::dtype_name(tensor.dtype) << " "
                << tensor.bytes.size() << " bytes";
    }
    std::cout << "\n";
  }
} catch (const std::exception& error) {
  std::cerr << "read_dataset: " << error.what() << "\n";
  return 1;
}
