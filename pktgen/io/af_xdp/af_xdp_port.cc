#include "pktgen/io/af_xdp/af_xdp_port.h"

#include "pktgen/io/af_xdp/newer_kernel.h"
#include "pktgen/io/af_xdp/xsk_features.h"
#include "pktgen/io/device.h"

namespace hopcost::pktgen {
namespace {

using Stamps = HardwareClock::Stamps;

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

Result<std::vector<AfXdpBackend::Open>> AfXdpBackend::open(const PortOptions& o) {
  auto ledger = TxLedger::open(o.spec.device);
  if (!ledger) return forward(ledger);
  auto device = read_device(o.spec.device);
  if (!device) return forward(device);
  XskRequest request{.device = o.spec.device,
                     .ifindex = device->index,
                     .mtu = device->mtu,
                     .mode = o.spec.mode,
                     .send = o.send,
                     .receive = o.receive,
                     .busy_poll_us = o.spec.busy_poll_us};
  const bool may_stamp_departures =
      o.send && (xsk_features(device->index).value_or(0) & NETDEV_XSK_FLAGS_TX_TIMESTAMP) != 0;
  std::vector<Open> ports;
  for (const std::uint32_t queue : o.spec.queues) {
    auto clock = o.receive ? HardwareClock::open(o.spec.device, Stamps::kReceived) : std::nullopt;
    auto departures = may_stamp_departures ? HardwareClock::open(o.spec.device, Stamps::kSent) : std::nullopt;
    request.queue = queue;
    request.stamps = clock.has_value();
    request.metadata = departures.has_value();
    auto socket = XskSocket::open(request);
    if (!socket) return forward(socket);
    // In copy mode the kernel itself would write when it is done with the frame.
    if ((*socket)->mode() != XdpMode::kZeroCopy) departures.reset();
    // The first one finds the mode, and brings the program that serves them all.
    request.mode = (*socket)->mode();
    request.redirect = (*socket)->redirect();
    Open& port = ports.emplace_back();
    port.info = {.backend = kName,
                 .mode = mode_name((*socket)->mode()),
                 .driver = device->driver,
                 .mac = device->mac,
                 .mtu = device->mtu,
                 .link_mbps = device->link_mbps,
                 .busy_poll_us = o.spec.busy_poll_us};
    if (!(*socket)->stamps()) clock.reset();
    if (clock) port.info.rx_stamp = "hardware";
    if (departures) port.info.tx_stamp = "hardware";
    if (o.send) port.tx.emplace(*socket, *ledger, std::move(departures));
    if (o.receive) port.rx.emplace(*socket, ledger->link(), std::move(clock));
  }
  // Some NICs take their link down for a moment when an XDP program or a socket comes.
  if (auto ok = ledger->link()->await(); !ok) return forward(ok);
  return ports;
}

}  // namespace hopcost::pktgen
