#include "analyzer/tap/af_packet/device_kind.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/fd.h"

namespace hopcost::analyzer {

std::string device_driver(const std::string& device) {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&info);
  if (ioctl(fd.get(), SIOCETHTOOL, &request) != 0) return {};
  return {info.driver, strnlen(info.driver, sizeof info.driver)};
}

bool driver_inherits_stamp(std::string_view driver) {
  static constexpr std::array<std::string_view, 9> kUpper = {
      "macvlan", "ipvlan", "802.1Q VLAN Support", "bridge", "bonding", "team", "vrf", "vxlan", "geneve"};
  return std::ranges::find(kUpper, driver) != kUpper.end();
}

}  // namespace hopcost::analyzer
