#include "hopload/rr/spec.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

#include "base/control.h"

namespace hopcost::hopload {
namespace {

constexpr std::uint64_t kLargest = 65'000;  // a UDP datagram holds little more
constexpr std::uint64_t kMostConnections = 256;

}  // namespace

Result<RrSpec> read_rr_spec(const nlohmann::json& request) {
  auto peer = read_peer(request);
  if (!peer) return forward(peer);
  const std::string protocol = get_string_or(request, "protocol", "udp");
  if (protocol != "udp" && protocol != "tcp")
    return error(Exit::kUsage, fmt::format("unknown protocol '{}'", protocol), "there are udp and tcp");
  const std::uint64_t asked = get_uint_or(request, "request_bytes", 1),
                      answered = get_uint_or(request, "response_bytes", 1);
  const std::uint64_t connections = get_uint_or(request, "connections", 1);
  const double rate = get_number_or(request, "rate", 0);
  if (asked < 1 || asked > kLargest || answered < 1 || answered > kLargest)
    return error(Exit::kUsage,
                 fmt::format("requests of {} and responses of {} bytes can't be sent", asked, answered),
                 fmt::format("1 to {} bytes", kLargest));
  if (connections < 1 || connections > kMostConnections)
    return error(Exit::kUsage, fmt::format("{} connections can't be had", connections),
                 fmt::format("1 to {}", kMostConnections));
  if (rate < 0) return error(Exit::kUsage, "the rate is below 0", "0 waits for each answer");
  if (rate > 0 && protocol == "udp" && (asked < kNumberBytes || answered < kNumberBytes))
    return error(Exit::kUsage, "at a rate, UDP needs room to number its requests",
                 fmt::format("sizes of {0}/{0} bytes at least, or protocol tcp", kNumberBytes));
  RrSpec spec{std::move(*peer)};
  spec.tcp = protocol == "tcp";
  spec.request = static_cast<std::uint32_t>(asked);
  spec.response = static_cast<std::uint32_t>(answered);
  spec.connections = static_cast<std::uint32_t>(connections);
  spec.rate = rate;
  return spec;
}

Result<Fd> rr_listen(const RrSpec& spec) {
  auto fd = listen_at(spec, static_cast<int>(kMostConnections));
  if (fd) rr_tune(fd->get(), false);
  return fd;
}

Result<Fd> rr_connect(const RrSpec& spec) {
  auto fd = connect_to(spec);
  if (fd) rr_tune(fd->get(), spec.tcp);
  return fd;
}

void rr_tune(int fd, bool tcp) {
  const timeval stuck{2, 0};
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stuck, sizeof stuck);
  const int roomy = 16 << 20;
  if (!tcp && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &roomy, sizeof roomy) != 0)
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &roomy, sizeof roomy);
  const int on = 1;
  if (tcp) (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void forget_old(int fd, const RrSpec& spec) {
  std::vector<char> buffer(spec.response);
  while (!spec.tcp && ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
  }
}

}  // namespace hopcost::hopload
