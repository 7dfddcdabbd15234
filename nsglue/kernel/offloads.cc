#include "nsglue/kernel/offloads.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace hopcost::nsglue {
namespace {

struct Command {
  const char* name;
  std::uint32_t get, set;
};
constexpr Command kCommands[] = {
    {"gro", ETHTOOL_GGRO, ETHTOOL_SGRO},
    {"gso", ETHTOOL_GGSO, ETHTOOL_SGSO},
    {"tso", ETHTOOL_GTSO, ETHTOOL_STSO},
    {"tx_checksum", ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM},
    {"rx_checksum", ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM},
};

/// Gives 0 or an errno.
int call(int socket, const std::string& device, ethtool_value& value) {
  ifreq request{};
  std::strncpy(request.ifr_name, device.c_str(), sizeof request.ifr_name - 1);
  request.ifr_data = reinterpret_cast<char*>(&value);
  return ioctl(socket, SIOCETHTOOL, &request) == 0 ? 0 : errno;
}

/// Nothing when the device does not support the question.
Result<std::optional<bool>> read_one(int socket, const std::string& device, const Command& c) {
  ethtool_value value{.cmd = c.get, .data = 0};
  const int err = call(socket, device, value);
  if (err == EOPNOTSUPP) return std::nullopt;
  if (err != 0) return errno_error(err, fmt::format("read {} of {}", c.name, device));
  return value.data != 0;
}

}  // namespace

Result<void> set_offloads(int socket, const std::string& device, const Offloads& wanted) {
  for (const Command& c : kCommands) {
    const auto it = wanted.find(c.name);
    if (it == wanted.end()) continue;
    auto now = read_one(socket, device, c);
    if (!now) return forward(now);
    if (*now == it->second) continue;
    ethtool_value value{.cmd = c.set, .data = it->second ? 1u : 0u};
    if (const int err = call(socket, device, value); err != 0) {
      return errno_error(err, fmt::format("set {} of {} {}", c.name, device, it->second ? "on" : "off"),
                         "the device does not let it be changed: say in the topology what it has");
    }
  }
  return {};
}

Result<Offloads> read_offloads(int socket, const std::string& device) {
  Offloads all;
  for (const Command& c : kCommands) {
    auto now = read_one(socket, device, c);
    if (!now) return forward(now);
    if (*now) all[c.name] = **now;
  }
  return all;
}

}  // namespace hopcost::nsglue
