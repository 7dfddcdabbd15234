#include "pktgen/io/af_xdp/af_xdp_port.h"

#include "pktgen/io/device.h"

namespace hopcost::pktgen {
namespace {

const char* mode_name(XdpMode mode) {
  switch (mode) {
    case XdpMode::kZeroCopy:
      return "zero-copy";
    case XdpMode::kSkb:
      return "skb";
    default:
      return "copy";
  }
}

}  // namespace

Result<AfXdpBackend::Open> AfXdpBackend::open(const PortOptions& o) {
  auto device = read_device(o.spec.device);
  if (!device) return forward(device);
  auto socket = XskSocket::open({.device = o.spec.device,
                                 .ifindex = device->index,
                                 .queue = o.spec.queue,
                                 .mtu = device->mtu,
                                 .mode = o.spec.mode,
                                 .send = o.send,
                                 .receive = o.receive});
  if (!socket) return forward(socket);
  Open port;
  port.info = {.backend = kName,
               .mode = mode_name((*socket)->mode()),
               .driver = device->driver,
               .mac = device->mac,
               .mtu = device->mtu,
               .link_mbps = device->link_mbps};
  if (o.send) port.tx.emplace(*socket);
  if (o.receive) port.rx.emplace(*socket);
  return port;
}

}  // namespace hopcost::pktgen
