#include "analyzer/tap/libpcap/libpcap_tap.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/tap/packet_socket.h"
#include "base/log.h"

namespace hopcost::analyzer {

Result<LibpcapTap> LibpcapTap::open(const TapSpec& spec, const TapOptions& options) {
  if (spec.device.empty() || !spec.tracepoint.empty() || !spec.hook.empty())
    return error(Exit::kUsage, fmt::format("tap {}: libpcap can only watch devices", spec.name),
                 "sockets, tracepoints, tc and xdp need kind bpf");
  auto device = libpcap::Device::open(spec.device, {.incoming = spec.direction == Direction::kIn,
                                                    .snap_bytes = options.snap_bytes,
                                                    .buffer_bytes = options.ring_bytes,
                                                    .timeout_ms = kTimeoutMs,
                                                    .filter = options.filter});
  if (!device) return forward(device);
  if (std::ranges::find(read_link_types(), device->link_type()) == read_link_types().end())
    return error(Exit::kUsage,
                 fmt::format("tap {}: packets of {} are of link type {}", spec.name, spec.device,
                             link_type_text(device->link_type())),
                 "Ethernet, Linux cooked, loopback and raw IP are read");
  if (device->both_directions())
    log_warn("tap {}: libpcap can't tell {}'s directions apart: packets of both are taken", spec.name,
             spec.device);
  return LibpcapTap(std::move(*device));
}

void LibpcapTap::detach() noexcept {
  detach_packet_socket(device_.descriptor());  // has no effect on other descriptors
}

std::uint64_t LibpcapTap::take_drops() noexcept {
  const std::uint64_t all = device_.drops();
  return all - std::exchange(drops_, all);
}

}  // namespace hopcost::analyzer
