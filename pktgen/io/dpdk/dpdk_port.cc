#include "pktgen/io/dpdk/dpdk_port.h"

#include <fmt/format.h>

#include "base/log.h"
#include "pktgen/io/devargs.h"
#include "pktgen/io/device.h"
#include "pktgen/io/number_list.h"

namespace hopcost::pktgen {
namespace {

/// net_af_xdp reads only the queues it is told of. Frames on the others go to the stack, and would count as
/// lost. That is refused unless a person named the queues.
Result<void> check_other_queues(const PortOptions& o, const std::string& device) {
  const std::uint32_t there = receive_queues(device).value_or(0);
  if (!o.receive || !o.spec.device.starts_with("net_af_xdp") || o.spec.queues.size() >= there) return {};
  const std::string what = fmt::format(
      "{} receives on {} queues, and net_af_xdp reads {} of them: what comes in on others counts as lost",
      device, there, o.spec.queues.size());
  if (!o.spec.names_queues)
    return error(Exit::kUsage, what,
                 fmt::format("ethtool -L {} rx 1 (or combined 1); queue_count={} and queue=0-{} where it has "
                             "combined channels; queue=0 if one is meant",
                             device, there, there - 1));
  log_warn("{}", what);
  return {};
}

/// Opens the device with all queues of the port and a ledger for each kernel device under it.
Result<std::shared_ptr<DpdkDevice>> open_device(const PortOptions& o) {
  std::uint32_t mtu = 0;
  if (const auto name = underlying_device(o.spec.device); !name.empty()) {
    auto kernel = read_device(name);
    if (!kernel) return forward(kernel);
    mtu = kernel->mtu;
    if (auto ok = check_other_queues(o, name); !ok) return forward(ok);
  }
  std::vector<TxLedger> ledgers;
  for (const auto& name : kernel_devices(o.spec)) {
    auto ledger = TxLedger::open(name, o.spec.any_carrier);
    if (!ledger) return forward(ledger);
    ledgers.push_back(std::move(*ledger));
  }
  return DpdkDevice::open({.devargs = o.spec.device,
                           .pci = pci_address(o.spec.device.substr(0, o.spec.device.find(','))),
                           .hugepages_mib = o.spec.hugepages_mib,
                           .limit_mbps = o.spec.limit_mbps,
                           .any_carrier = o.spec.any_carrier,
                           .send = o.send,
                           .receive = o.receive,
                           .queues = static_cast<std::uint16_t>(o.spec.queues.size()),
                           .mtu = mtu,
                           .kernel_devices = std::move(ledgers)});
}

PortInfo describe(const DpdkDevice& d, const PortSpec& spec) {
  return {.backend = DpdkBackend::kName,
          .mode = spec.hugepages_mib > 0 ? "hugepages" : "no-huge",
          .driver = d.driver(),
          .mac = d.mac(),
          .mtu = d.mtu(),
          .numa = d.numa(),
          .link_mbps = d.link_mbps(),
          .rx_stamp = d.stamps_received() ? "hardware" : "software",
          .tx_stamp = d.timesync().has_value() ? "hardware" : "software",
          .rate_limit = d.limits_rate() ? "hardware" : "software",
          .abilities = d.abilities()};
}

}  // namespace

Result<std::vector<DpdkBackend::Open>> DpdkBackend::open(const PortOptions& o) {
  const auto& queues = o.spec.queues;
  for (std::size_t i = 0; i < queues.size(); ++i) {
    if (queues[i] != i)
      return error(Exit::kUsage, fmt::format("dpdk sets up queues from 0 on, not {}", to_string(queues)),
                   fmt::format("queue=0-{}", queues.size() - 1));
  }
  auto device = open_device(o);
  if (!device) return forward(device);
  std::vector<Open> ports(queues.size());
  for (std::uint16_t q = 0; q < (*device)->queues(); ++q) {
    Open& port = ports[q];
    port.info = describe(**device, o.spec);
    if (o.send) port.tx.emplace(*device, q);
    if (o.receive) port.rx.emplace(*device, q);
  }
  return ports;
}

}  // namespace hopcost::pktgen
