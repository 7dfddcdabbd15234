// Two namespaces joined by a veth pair, pktgen as a program, and a receiver that owes nothing to pktgen's own
// code.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/fd.h"
#include "tests/support/shell.h"

namespace hopcost::pktgen {

/// A MAC address that no device has.
inline constexpr const char* kForeign = "02:00:00:00:00:fe";

/// Namespaces tx() with device t0 and rx() with device d0, up, without IPv6 chatter; gone with this.
class NetnsPair {
 public:
  /// Both devices have so many queues each way.
  explicit NetnsPair(int queues = 1);
  ~NetnsPair();
  /// Why there is none (no root, no ip command), or empty.
  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  [[nodiscard]] std::string tx() const { return tx_; }
  [[nodiscard]] std::string rx() const { return rx_; }
  [[nodiscard]] std::string rx_mac() const;
  /// d0 takes frames that XDP redirects out of t0.
  void take_xdp_frames() const;
  /// t0 takes frames that XDP sends out of d0.
  void take_xdp_replies() const;

 private:
  std::string tx_, rx_, why_not_;
};

/// Whether this build holds the backend. "dpdk" may be followed by its device arguments.
bool has_backend(const std::string& port);

/// A port of the backend on a device: "af_xdp:t0@ns", "dpdk:net_af_packet,iface=t0@ns" for
/// "dpdk:net_af_packet".
std::string port_on(const std::string& backend, const std::string& device, const std::string& netns);

/// Runs a shell command; its exit code, -1 when it did not exit.
int shell(const std::string& command);

/// A counter of a device in a namespace, like tx_packets.
std::uint64_t counter(const std::string& netns, const std::string& device, const std::string& name);

/// Waits until t0 has sent so many packets, 10 s at most: a program may take a while to begin under a
/// sanitizer.
void await_traffic(const NetnsPair& pair, std::uint64_t packets = 20);

/// Frames arriving at a device of a namespace, by a plain AF_PACKET socket.
class Listener {
 public:
  explicit Listener(const std::string& netns, const std::string& device = "d0");
  /// All frames that hold a probe, until `count` came or nothing has for `quiet`.
  [[nodiscard]] std::vector<std::vector<std::byte>> frames(
      std::size_t count, std::chrono::milliseconds quiet = std::chrono::milliseconds(500));

 private:
  Fd socket_;
};

/// A pktgen process.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments);
  ~Program();

  struct Ended {
    int exit = -1;  ///< -1: by a signal
    std::string out, err;
    [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
  };
  /// Reads until the end; kills it after `limit`.
  [[nodiscard]] Ended wait(std::chrono::seconds limit = std::chrono::seconds(20));
  void signal(int number) const;
  [[nodiscard]] pid_t pid() const { return pid_; }
  void write_line(const std::string& line);
  [[nodiscard]] std::string read_line(std::chrono::seconds limit = std::chrono::seconds(10));

 private:
  pid_t pid_ = -1;
  Fd in_, out_, err_;
  std::string buffer_;
};

/// Runs to the end.
[[nodiscard]] Program::Ended pktgen_run(const std::vector<std::string>& arguments);

}  // namespace hopcost::pktgen

/// At the head of a test of one backend.
#define NEEDS_BACKEND(port) \
  if (!has_backend(port)) GTEST_SKIP() << "this build has no backend for " << port

/// At the head of a test: `pair` is there, or the test is skipped.
#define NEEDS_NETNS(pair) NEEDS_QUEUES(pair, 1)
#define NEEDS_QUEUES(pair, queues) \
  NetnsPair pair(queues);          \
  if (!pair.why_not().empty()) GTEST_SKIP() << pair.why_not()
