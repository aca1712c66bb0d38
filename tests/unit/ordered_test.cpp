#include "tools/ingest/ordered.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace dsprep;

namespace {

struct Slot {
  int number = 0;
  int result = 0;
};

// Squares 0 to count-1 with `jobs` threads; throws in the stages and at the numbers that are given.
std::vector<int> squares(int count, unsigned jobs, std::size_t window, int bad_next = -1,
                         int bad_work = -1, int bad_append = -1) {
  std::vector<int> results;
  int next_number = 0;
  const auto check = [](int number, int bad) {
    if (number == bad) throw std::runtime_error("at " + std::to_string(number));
  };
  run_ordered<Slot>(
      jobs, window,
      [&](Slot& slot) {
        check(next_number, bad_next);
        slot.number = next_number++;
        return slot.number < count;
      },
      [&](Slot& slot, unsigned id) {
        CHECK(id < jobs);
        check(slot.number, bad_work);
        if (slot.number % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
        slot.result = slot.number * slot.number;
      },
      [&](Slot& slot) {
        check(slot.number, bad_append);
        results.push_back(slot.result);
      });
  return results;
}

}  // namespace

TEST_CASE("pieces are appended in order for any number of threads and any window") {
  for (const unsigned jobs : {1U, 2U, 7U}) {
    for (const std::size_t window : {std::size_t{1}, std::size_t{3}, std::size_t{64}}) {
      for (const int count : {0, 1, 2, 500}) {
        CAPTURE(jobs);
        CAPTURE(window);
        std::vector<int> expected;
        for (int i = 0; i < count; ++i) expected.push_back(i * i);
        CHECK(squares(count, jobs, window) == expected);
      }
    }
  }
}

TEST_CASE("an exception in any stage comes out, and it is that of the first piece") {
  for (const unsigned jobs : {1U, 2U, 7U}) {
    CAPTURE(jobs);
    CHECK_THROWS_WITH((void)squares(300, jobs, 16, 50), "at 50");
    CHECK_THROWS_WITH((void)squares(300, jobs, 16, -1, 50), "at 50");
    CHECK_THROWS_WITH((void)squares(300, jobs, 16, -1, -1, 50), "at 50");
    CHECK_THROWS_WITH((void)squares(300, jobs, 16, -1, 10, 20), "at 10");
    CHECK_THROWS_WITH((void)squares(300, jobs, 16, -1, 20, 10), "at 10");
  }
}
