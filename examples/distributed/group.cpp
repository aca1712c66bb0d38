#include "distributed/group.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

template <class T>
void send_all(int to, std::span<T> values) {
  auto left = std::as_bytes(values);
  while (!left.empty()) {
    const ssize_t sent = ::send(to, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("send to another rank");
    left = left.subspan(static_cast<std::size_t>(sent));
  }
}

template <class T>
void receive_all(int from, std::span<T> values) {
  auto left = std::as_writable_bytes(values);
  while (!left.empty()) {
    const ssize_t got = ::recv(from, left.data(), left.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("receive from another rank");
    if (got == 0) throw std::runtime_error("another rank has gone");
    left = left.subspan(static_cast<std::size_t>(got));
  }
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path))
    throw std::runtime_error("--meet needs a path of 1 to 107 bytes");
  path.copy(address.sun_path, path.size());
  return address;
}

int open_socket() {
  const int opened = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (opened < 0) fail("socket");
  return opened;
}

std::vector<int> welcome_all(const std::string& path, std::uint64_t world) {
  const sockaddr_un address = address_of(path);
  ::unlink(path.c_str());
  const int door = open_socket();
  if (::bind(door, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(door, static_cast<int>(world)) != 0) {
    fail(path.c_str());
  }
  std::vector<int> peers(world - 1, -1);
  for (std::uint64_t i = 1; i < world; ++i) {
    const int peer = ::accept(door, nullptr, nullptr);
    if (peer < 0) fail("accept");
    std::uint64_t rank = 0;
    receive_all(peer, std::span(&rank, 1));
    if (rank == 0 || rank >= world || peers[rank - 1] >= 0)
      throw std::runtime_error("rank " + std::to_string(rank) + " has come twice, or is none");
    peers[rank - 1] = peer;
  }
  ::close(door);
  ::unlink(path.c_str());
  return peers;
}

int go_to(const std::string& path, std::uint64_t rank) {
  const sockaddr_un address = address_of(path);
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (true) {
    const int peer = open_socket();
    if (::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      send_all(peer, std::span(&rank, 1));
      return peer;
    }
    ::close(peer);
    if (std::chrono::steady_clock::now() > end) fail("rank 0 does not come");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

Group::Group(const std::string& path, std::uint64_t rank, std::uint64_t world) : rank_(rank) {
  if (world > 1) peers_ = rank == 0 ? welcome_all(path, world) : std::vector{go_to(path, rank)};
}

Group::~Group() {
  for (const int peer : peers_) ::close(peer);
}

void Group::sum(std::span<float> values) const {
  if (rank_ > 0) {
    send_all(peers_[0], values);
    return receive_all(peers_[0], values);
  }
  std::vector<float> other(values.size());
  for (const int peer : peers_) {
    receive_all(peer, std::span(other));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += other[i];
  }
  for (const int peer : peers_) send_all(peer, values);
}
