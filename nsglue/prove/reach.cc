#include "nsglue/prove/reach.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <random>

#include "base/netns.h"
#include "base/signals.h"
#include "nsglue/prove/probe_socket.h"

namespace hopcost::nsglue {
namespace {

constexpr auto kFirstPacketPatience = std::chrono::seconds(3);
constexpr int kFirstPacketWaitMs = 1;

Result<Fd> first_packet_socket(const std::string& netns, int family, std::uint16_t port) {
  auto inside = NetnsScope::enter(netns);
  if (!inside) return forward(inside);
  return udp_socket(family, port);
}

}  // namespace

Result<int> reach(const Topology& topology, const std::string& instance) {
  const Device &sender = *topology.find(topology.sender), &addressed = *topology.find(topology.addressed);
  const bool v4 = !sender.ipv4.empty() && !addressed.ipv4.empty();
  const int family = v4 ? AF_INET : AF_INET6;
  const Prefix to = *parse_prefix(v4 ? addressed.ipv4.front() : addressed.ipv6.front());
  // A machine answers to the socket that sent the packet.
  const bool answered = topology.ends_in_machine();
  const std::string& end_node = answered ? topology.sender.node : topology.target.node;
  auto end = first_packet_socket(topology.namespace_of(instance, end_node), family,
                                 answered ? 0 : topology.end_port());
  if (!end) return forward(end);
  auto begin = first_packet_socket(topology.namespace_of(instance, topology.sender.node), family, 0);
  if (!begin) return forward(begin);
  const std::uint32_t run = std::random_device()();
  const auto deadline = std::chrono::steady_clock::now() + kFirstPacketPatience;
  for (int sent = 1;; ++sent) {
    if (stop_requested()) return error(Exit::kPartial, "stopped while a first packet was awaited");
    auto done = send_probe(answered ? *end : *begin, to, topology.port(),
                           {.run = run, .sequence = static_cast<std::uint32_t>(sent)});
    if (!done) return forward(done);
    pollfd ready{end->get(), POLLIN, 0};
    if (poll(&ready, 1, kFirstPacketWaitMs) == 1 && receive_probes(*end, run) > 0) return sent;
    if (std::chrono::steady_clock::now() > deadline)
      return error(Exit::kFailure, fmt::format("no packet gets from {} to {} within 3 s",
                                               topology.sender.text(), topology.target.text()));
  }
}

}  // namespace hopcost::nsglue
