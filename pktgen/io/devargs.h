// Finds the kernel devices that a port spec reaches, so that the check for the default route's device sees
// them all. Set-up only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pktgen/io/port_spec.h"

namespace hopcost::pktgen {

/// The canonical form of a PCI address ("0000:03:00.0" of "03:00.0"), or empty when the text is no PCI
/// address.
[[nodiscard]] std::string pci_address(std::string_view text);

/// Words of DPDK device arguments that may name a device: the texts between the characters , = ( and ).
[[nodiscard]] std::vector<std::string> devargs_words(std::string_view devargs);

/// Network devices of the calling thread's namespace that the port sends through: the device of a kernel
/// backend; for dpdk each word that is a device's name, and the devices at each word that is a PCI address.
/// `sysfs`: where /sys is mounted.
[[nodiscard]] std::vector<std::string> kernel_devices(const PortSpec& spec,
                                                      const std::string& sysfs = "/sys");

/// The existing kernel device under a virtual DPDK device (`iface=` of net_af_xdp, net_af_packet and
/// net_pcap), or empty.
[[nodiscard]] std::string underlying_device(std::string_view devargs);

}  // namespace hopcost::pktgen
