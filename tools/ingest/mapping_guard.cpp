#include "tools/ingest/mapping_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>

#include "dsprep/error.h"

namespace dsprep {
namespace {

// Read by a signal handler: atomics without locks, and no memory that comes or goes. A place is
// free where begin is 0; end is written before begin, and begin is cleared first.
struct Place {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> hit{false};
};
static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);

std::array<Place, 1024> g_places;
struct sigaction g_before;
std::uintptr_t g_page = 4096;

// Async-signal-safe but for mmap, which is a plain system call on Linux.
bool replace_page(std::uintptr_t address) noexcept {
  const std::uintptr_t page = address / g_page * g_page;
  const int error = errno;
  void* const zeros = ::mmap(reinterpret_cast<void*>(page), g_page, PROT_READ,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  errno = error;
  return zeros != MAP_FAILED;
}

void on_bus_error(int, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (Place& place : g_places) {
    const std::uintptr_t begin = place.begin.load();
    if (begin == 0 || address < begin || address >= place.end.load()) continue;
    place.hit.store(true);
    if (replace_page(address)) return;
  }
  ::sigaction(SIGBUS, &g_before, nullptr);  // the read is tried again, and meets who was before us
}

void install() {
  g_page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, &g_before);
}

std::mutex g_mutex;  // of those who take places

}  // namespace

MappingGuard::MappingGuard(void* begin, std::size_t bytes) : place_(0) {
  static std::once_flag once;
  std::call_once(once, install);
  const std::lock_guard lock(g_mutex);
  while (place_ < g_places.size() && g_places[place_].begin.load() != 0) ++place_;
  if (place_ == g_places.size())
    throw Error(ErrorCode::kInternal, "more than 1024 files are mapped at a time");
  Place& place = g_places[place_];
  const auto start = reinterpret_cast<std::uintptr_t>(begin);
  place.hit.store(false);
  place.end.store(start + bytes);
  place.begin.store(start);
}

MappingGuard::~MappingGuard() { g_places[place_].begin.store(0); }

bool MappingGuard::hit() const noexcept { return g_places[place_].hit.load(); }

}  // namespace dsprep
