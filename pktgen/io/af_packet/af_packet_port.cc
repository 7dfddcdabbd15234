#include "pktgen/io/af_packet/af_packet_port.h"

#include "pktgen/io/device.h"

namespace hopcost::pktgen {

Result<std::vector<AfPacketBackend::Open>> AfPacketBackend::open(const PortOptions& o) {
  auto ledger = TxLedger::open(o.spec.device, o.spec.any_carrier);
  if (!ledger) return forward(ledger);
  auto device = read_device(o.spec.device);
  if (!device) return forward(device);
  std::vector<Open> ports(o.spec.queues.size());
  std::vector<PacketRx*> receivers;
  for (Open& port : ports) {
    port.info = {.backend = kName,
                 .mode = "tx-ring",
                 .driver = device->driver,
                 .mac = device->mac,
                 .mtu = device->mtu,
                 .numa = device->numa,
                 .link_mbps = device->link_mbps};
    if (o.send) {
      auto tx = PacketTx::open(device->index, *ledger, o.through_qdisc);
      if (!tx) return forward(tx);
      port.tx.emplace(std::move(*tx));
    }
    if (o.receive) {
      auto clock = HardwareClock::open(o.spec.device, HardwareClock::Stamps::kReceived);
      if (clock) port.info.rx_stamp = "hardware";
      auto rx = PacketRx::open(device->index, ledger->link(), std::move(clock));
      if (!rx) return forward(rx);
      receivers.push_back(&port.rx.emplace(std::move(*rx)));
    }
  }
  if (receivers.size() > 1) {
    if (auto ok = PacketRx::share_out(receivers); !ok) return forward(ok);
  }
  return ports;
}

}  // namespace hopcost::pktgen
