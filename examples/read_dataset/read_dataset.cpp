// read_dataset DIR SPLIT: prints the key, the label and the shapes of every sample.
#include <dsprep/dataset.h>
#include <dsprep/error.h>

#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 3) throw dsprep::Error(dsprep::ErrorCode::kUsage, "usage: read_dataset DIR SPLIT");
  const auto data = dsprep::Dataset::open(argv[1], argv[2]);
  dsprep::SampleBuffer buffer;
  for (std::uint64_t i = 0; i < data.size(); ++i) {
    const dsprep::Sample sample = data.read(i, buffer);
    std::cout << sample.key();
    for (const dsprep::Tensor& tensor : sample.tensors()) {
      std::cout << "  " << tensor.name << " ";
      if (tensor.encoding == dsprep::Encoding::kClass) std::cout << tensor.label();
      for (const std::uint64_t extent : tensor.shape.extents()) std::cout << "[" << extent << "]";
    }
    std::cout << "\n";
  }
} catch (const dsprep::Error& error) {
  std::cerr << "read_dataset: " << error.what() << "\n";
  return 1;
}
