#include "pktgen/io/device.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/fd.h"
#include "base/netns.h"

namespace hopcost::pktgen {
namespace {

Result<ifreq> ask(const Fd& socket, const std::string& name, unsigned long request, const char* what) {
  ifreq r{};
  name.copy(r.ifr_name, IFNAMSIZ - 1);
  if (ioctl(socket.get(), request, &r) != 0)
    return errno_error(errno, fmt::format("read {} of {}", what, name));
  return r;
}

/// A request to the driver, with `data` as its argument.
template <class T>
bool ask_driver(const Fd& socket, const std::string& name, T& data) {
  ifreq r{};
  name.copy(r.ifr_name, IFNAMSIZ - 1);
  r.ifr_data = reinterpret_cast<char*>(&data);
  return ioctl(socket.get(), SIOCETHTOOL, &r) == 0;
}

/// Only for a device on a bus: a virtual one passes frames on with their metadata.
bool takes_tags(const Fd& socket, const std::string& name, const ethtool_drvinfo& info) {
  ethtool_value flags{.cmd = ETHTOOL_GFLAGS, .data = 0};
  return info.bus_info[0] != '\0' && ask_driver(socket, name, flags) && (flags.data & ETH_FLAG_RXVLAN) != 0;
}

/// By its PCI slot: that is the same in every network namespace, the device's own folder is not.
int numa_of(const ethtool_drvinfo& info) {
  std::ifstream file(fmt::format("/sys/bus/pci/devices/{}/numa_node", info.bus_info));
  int node = -1;
  return file >> node ? node : -1;
}

/// ETHTOOL_GLINKSETTINGS has to be called twice: first for the number of words in its mode masks
/// (linux/ethtool.h).
std::uint32_t speed_of(const Fd& socket, const std::string& name) {
  alignas(ethtool_link_settings) std::array<std::byte, sizeof(ethtool_link_settings) + 3 * 127 * 4> room{};
  auto* link = reinterpret_cast<ethtool_link_settings*>(room.data());
  ifreq r{};
  name.copy(r.ifr_name, IFNAMSIZ - 1);
  r.ifr_data = reinterpret_cast<char*>(link);
  link->cmd = ETHTOOL_GLINKSETTINGS;
  if (ioctl(socket.get(), SIOCETHTOOL, &r) != 0 || link->link_mode_masks_nwords >= 0) return 0;
  link->link_mode_masks_nwords = static_cast<std::int8_t>(-link->link_mode_masks_nwords);
  if (ioctl(socket.get(), SIOCETHTOOL, &r) != 0) return 0;
  const std::uint32_t speed = link->speed;
  return speed == static_cast<std::uint32_t>(SPEED_UNKNOWN) ? 0 : speed;
}

}  // namespace

std::optional<std::uint32_t> receive_queues(const std::string& name) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_channels channels{};
  channels.cmd = ETHTOOL_GCHANNELS;
  if (ask_driver(socket, name, channels) && channels.rx_count + channels.combined_count > 0)
    return channels.rx_count + channels.combined_count;
  ethtool_rxnfc rings{};
  rings.cmd = ETHTOOL_GRXRINGS;
  if (ask_driver(socket, name, rings) && rings.data > 0) return static_cast<std::uint32_t>(rings.data);
  return std::nullopt;
}

Result<Device> read_device(const std::string& name) {
  auto index = interface_index(name);
  if (!index) return forward(index);
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return errno_error(errno, "open a socket to read device settings");
  auto hardware = ask(socket, name, SIOCGIFHWADDR, "the MAC address");
  if (!hardware) return forward(hardware);
  auto mtu = ask(socket, name, SIOCGIFMTU, "the MTU");
  if (!mtu) return forward(mtu);

  const auto family = hardware->ifr_hwaddr.sa_family;
  if (family != ARPHRD_ETHER && family != ARPHRD_LOOPBACK) {
    return error(Exit::kUsage, fmt::format("{} is not an Ethernet device", name));
  }
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  const bool says = ask_driver(socket, name, info);
  Device d{.index = *index,
           .mac = {},
           .mtu = static_cast<std::uint32_t>(mtu->ifr_mtu),
           .link_mbps = speed_of(socket, name),
           .driver = says ? info.driver : "",
           .numa = says ? numa_of(info) : -1,
           .takes_tags = says && takes_tags(socket, name, info)};
  std::memcpy(d.mac.bytes.data(), hardware->ifr_hwaddr.sa_data, d.mac.bytes.size());
  return d;
}

}  // namespace hopcost::pktgen
