#include "pktgen/io/xdp/xdp_port.h"

#include "pktgen/io/device.h"

namespace hopcost::pktgen {

Result<std::vector<XdpBackend::Open>> XdpBackend::open(const PortOptions& o) {
  auto ledger = TxLedger::open(o.spec.device);
  if (!ledger) return forward(ledger);
  auto device = read_device(o.spec.device);
  if (!device) return forward(device);
  if (!o.send || o.receive)
    return error(Exit::kUsage, "xdp only sends", "receive with --rx-port af_xdp:... or af_packet:...");
  std::vector<Open> ports(o.spec.queues.size());
  for (Open& port : ports) {
    auto tx = XdpTx::open(o.spec.device, device->index, device->driver == "veth", *ledger);
    if (!tx) return forward(tx);
    port.info.backend = kName;
    port.info.mode = "live-frames";
    port.info.driver = device->driver;
    port.info.mac = device->mac;
    port.info.mtu = device->mtu;
    port.info.numa = device->numa;
    port.info.link_mbps = device->link_mbps;
    port.info.keeps_bpf = true;
    port.tx.emplace(std::move(**tx));
  }
  return ports;
}

}  // namespace hopcost::pktgen
