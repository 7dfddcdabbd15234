// Set-up of the af_packet tap; the datapath is in the header.
#include "analyzer/tap/af_packet/af_packet_tap.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include "analyzer/tap/af_packet/device_kind.h"
#include "analyzer/tap/filters.h"
#include "analyzer/tap/packet_socket.h"
#include "base/netns.h"
#include "wire/libpcap.h"

namespace hopcost::analyzer {

namespace {

Result<std::vector<libpcap::Instruction>> compile_filter(const TapSpec& spec, const std::string& expression) {
  // Gives our own error for a device that does not exist; libpcap's would not name it.
  if (auto device = interface_index(spec.device); !device) return forward(device);
  return libpcap::compile_for_device(expression, spec.device);
}

}  // namespace

Result<AfPacketTap> AfPacketTap::open(const TapSpec& spec, const TapOptions& options) {
  if (spec.device.empty() || !spec.tracepoint.empty() || !spec.hook.empty()) {
    return error(Exit::kUsage, fmt::format("tap {}: af_packet can only watch devices", spec.name),
                 "sockets, tracepoints, tc and xdp need kind bpf");
  }
  auto socket = open_packet_socket(spec);
  if (!socket) return forward(socket);
  auto ring = Ring::create(socket->get(), options.ring_bytes);
  if (!ring) return forward(ring);
  const bool in = spec.direction == Direction::kIn;
  // The kernel refuses the other direction before it copies a frame.
  if (in) {
    if (auto r = ignore_outgoing(socket->get()); !r) return forward(r);
  }
  TapFilter filter{.outgoing = !in, .snap_bytes = options.snap_bytes};
  if (!options.filter.empty()) {
    auto wanted = compile_filter(spec, options.filter);
    if (!wanted) return forward(wanted);
    filter.wanted = std::move(*wanted);
  }
  if (filter.outgoing || filter.snap_bytes != 0 || !filter.wanted.empty()) {
    if (auto r = attach_tap_filter(socket->get(), filter); !r) return forward(r);
  }
  if (auto r = bind_to_device(socket->get(), spec); !r) return forward(r);
  const bool inherits = in && driver_inherits_stamp(device_driver(spec.device));
  return AfPacketTap(std::move(*socket), std::move(*ring), inherits);
}

Result<void> AfPacketTap::usable() {
  return {};  // works on any kernel; the privilege is checked when a tap is opened
}

void AfPacketTap::detach() noexcept {
  detach_packet_socket(socket_.get());
}

std::uint64_t AfPacketTap::take_drops() noexcept {
  tpacket_stats_v3 stats{};
  socklen_t length = sizeof stats;
  if (getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &length) != 0) return 0;
  return stats.tp_drops;  // reading resets them to zero
}

}  // namespace hopcost::analyzer
