// What rr adds to a round trip: its client and server against two plain sockets, in turn, over the loopback
// device. Medians, so that what else the machine does affects neither.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "hopload/now.h"
#include "hopload/rr/client.h"
#include "hopload/rr/server.h"

namespace hopcost::hopload {
namespace {

constexpr std::uint32_t kBytes = 14;
constexpr std::int64_t kTurnNs = 50'000'000;

RrSpec spec_of(bool tcp, int further) {
  RrSpec spec;
  spec.tcp = tcp;
  spec.address = "127.0.0.1";
  spec.port = static_cast<std::uint16_t>(20'000 + getpid() % 20'000 + further);
  spec.request = spec.response = kBytes;
  return spec;
}

/// A server with two system calls for each round trip.
class Plain {
 public:
  explicit Plain(const RrSpec& spec) : socket_(rr_listen(spec).value_or(Fd())), spec_(spec) {
    thread_ = std::jthread([this] { serve(); });
  }
  ~Plain() { ::shutdown(socket_.get(), SHUT_RDWR); }

 private:
  void serve() {
    Fd accepted;
    int fd = socket_.get();
    if (spec_.tcp) {
      accepted = Fd(::accept(fd, nullptr, nullptr));
      fd = accepted.get();
      rr_tune(fd, true);
    }
    std::array<char, kBytes> buffer{};
    for (;;) {
      sockaddr_storage from{};
      socklen_t length = sizeof from;
      const ssize_t n =
          ::recvfrom(fd, buffer.data(), buffer.size(), 0,
                     spec_.tcp ? nullptr : reinterpret_cast<sockaddr*>(&from), spec_.tcp ? nullptr : &length);
      if (n <= 0) return;
      (void)::sendto(fd, buffer.data(), buffer.size(), MSG_NOSIGNAL,
                     spec_.tcp ? nullptr : reinterpret_cast<sockaddr*>(&from), spec_.tcp ? 0 : length);
    }
  }
  Fd socket_;
  RrSpec spec_;
  std::jthread thread_;
};

HdrHistogram plain_turn(int fd) {
  HdrHistogram times;
  std::array<char, kBytes> buffer{};
  const std::int64_t end = now_ns() + kTurnNs;
  for (std::int64_t asked = now_ns(); asked < end;) {
    (void)::send(fd, buffer.data(), buffer.size(), MSG_NOSIGNAL);
    if (::recv(fd, buffer.data(), buffer.size(), 0) <= 0) break;
    const std::int64_t answered = now_ns();
    times.record(static_cast<std::uint64_t>(answered - asked));
    asked = answered;
  }
  return times;
}

void round_trip(benchmark::State& state, bool tcp) {
  const RrSpec ours = spec_of(tcp, 0), theirs = spec_of(tcp, 1);
  const auto server = RrServer::open(ours);
  const Plain plain(theirs);
  const auto ours_fd = rr_connect(ours), theirs_fd = rr_connect(theirs);
  if (!server || !ours_fd || !theirs_fd) return state.SkipWithError("the loopback device has no such port");
  HdrHistogram with, without;
  for (auto _ : state) {
    (void)with.merge(ask_in_turn(ours_fd->get(), ours, kTurnNs).latency);
    (void)without.merge(plain_turn(theirs_fd->get()));
  }
  state.counters["rr_p50_ns"] = with.interpolated_quantile(0.5);
  state.counters["plain_p50_ns"] = without.interpolated_quantile(0.5);
  state.counters["over_plain"] = with.interpolated_quantile(0.5) / without.interpolated_quantile(0.5);
}
BENCHMARK_CAPTURE(round_trip, udp, false)->Iterations(10)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(round_trip, tcp, true)->Iterations(10)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hopcost::hopload
