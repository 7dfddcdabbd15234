#include "pktgen/io/dpdk/dpdk_port.h"

#include <fmt/format.h>

#include "pktgen/io/devargs.h"
#include "pktgen/io/device.h"

namespace hopcost::pktgen {

Result<DpdkBackend::Open> DpdkBackend::open(const PortOptions& o) {
  std::uint32_t mtu = 0;
  if (const auto name = underlying_device(o.spec.device); !name.empty()) {
    auto kernel = read_device(name);
    if (!kernel) return forward(kernel);
    mtu = kernel->mtu;
  }
  auto device = DpdkDevice::open({.devargs = o.spec.device,
                                  .pci = pci_address(o.spec.device.substr(0, o.spec.device.find(','))),
                                  .hugepages_mib = o.spec.hugepages_mib,
                                  .receive = o.receive,
                                  .mtu = mtu,
                                  .kernel_devices = kernel_devices(o.spec)});
  if (!device) return forward(device);
  const DpdkDevice& d = **device;
  Open port;
  port.info = {.backend = kName,
               .mode = o.spec.hugepages_mib > 0 ? "hugepages" : "no-huge",
               .driver = d.driver(),
               .mac = d.mac(),
               .mtu = d.mtu(),
               .numa = d.numa(),
               .rx_stamp = d.stamps_received() ? "hardware" : "software",
               .abilities = d.abilities()};
  if (o.send) port.tx.emplace(*device);
  if (o.receive) port.rx.emplace(*device);
  return port;
}

}  // namespace hopcost::pktgen
