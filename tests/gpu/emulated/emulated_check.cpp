// emulated_check: the jobs of bits.cpp on the stand-in, whose jobs are done by the kernels of the
// GPU, emulated. Exits with 1 where one differs.
#include <cstring>

#include "lib/gpu/run_on_host.h"
#include "lib/gpu/standin.h"
#include "tests/gpu/check.h"
#include "tests/gpu/emulated/emulated.h"

namespace dsprep::test {

void emulate(const cuda::PixelJob& job) {
  if (!detail::emulate_pixels(&job)) throw std::runtime_error("a launch for pixels is refused");
}
void emulate(const cuda::TokenJob& job) {
  if (!detail::emulate_tokens(&job)) throw std::runtime_error("a launch for tokens is refused");
}

namespace {

class EmulatedGpu final : public cuda::Standin {
 public:
  using Standin::Standin;
  void run(const cuda::PixelJob& job, cuda::Stream stream) override {
    enqueue(stream, [job] { emulate(job); });
  }
  void run(const cuda::TokenJob& job, cuda::Stream stream) override {
    enqueue(stream, [job] { emulate(job); });
  }
};

// A grid has 65,535 blocks at most in the direction of the rows.
bool check_many_rows() {
  constexpr std::uint64_t kRows = 600'000;
  std::vector<std::uint16_t> values(kRows * 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint16_t>(i * 7);
  std::vector<std::int32_t> here(kRows * 3), there(kRows * 3);
  cuda::TokenJob job{};
  job.values = values.data();
  job.rows = kRows, job.length = job.stride = 3;
  job.from = cuda::TokenType::kUint16;
  job.ids = here.data();
  cuda::run_on_host(job);
  job.ids = there.data();
  emulate(job);
  return fact("more rows than a grid has", here == there);
}

}  // namespace
}  // namespace dsprep::test

int main() {
  using namespace dsprep;
  test::Bench bench;
  const auto device = std::make_shared<test::EmulatedGpu>(cuda::StandinOptions{});
  bench.device = device;
  const bool met = test::check_bits(bench) && device->faults().empty();
  return test::check_many_rows() && met ? 0 : 1;
}
