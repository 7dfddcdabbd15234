#include "analyzer/watch/silence.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/netns.h"

namespace hopcost::analyzer {

Result<TapLink> TapLink::open(const TapSpec& spec) {
  auto scope = NetnsScope::enter(spec.netns);
  if (!scope) return forward(scope);
  Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return errno_error(errno, "open a socket to ask for the link of " + spec.device);
  // libpcap has devices that the kernel does not know, like "any".
  ifreq r{};
  spec.device.copy(r.ifr_name, IFNAMSIZ - 1);
  const bool known = !spec.device.empty() && ioctl(socket.get(), SIOCGIFFLAGS, &r) == 0;
  return TapLink(known ? spec.device : "", std::move(socket));
}

std::string TapLink::fault() const {
  if (device_.empty()) return {};
  ifreq r{};
  device_.copy(r.ifr_name, IFNAMSIZ - 1);
  if (ioctl(socket_.get(), SIOCGIFFLAGS, &r) != 0)
    return errno == ENODEV ? fmt::format("{} is gone: it was removed, renamed or moved", device_) : "";
  const unsigned flags = static_cast<unsigned short>(r.ifr_flags);
  if ((flags & IFF_UP) == 0) return fmt::format("{0} is down: ip link set {0} up", device_);
  // IFF_RUNNING follows the carrier a moment later.
  ethtool_value carrier{.cmd = ETHTOOL_GLINK, .data = 0};
  r.ifr_data = reinterpret_cast<char*>(&carrier);
  const bool asked = ioctl(socket_.get(), SIOCETHTOOL, &r) == 0;
  if (asked ? carrier.data != 0 : (flags & IFF_RUNNING) != 0) return {};
  return fmt::format("{} has no carrier: its other end is down or unplugged", device_);
}

std::string silence_text(const TapLink& link, const Config& config, std::uint64_t others) {
  std::string text = link.fault();
  if (others != 0) {
    if (!text.empty()) text += "; ";
    text +=
        config.match == Match::kProbe
            ? fmt::format(
                  "{} other frames passed: look at the direction (:in, :out); --match 5-tuple or payload "
                  "are for traffic without probes",
                  others)
            : fmt::format("{} frames passed that are not known by --match {}", others, name_of(config.match));
  }
  if (!text.empty()) return text;
  if (!config.filter.empty())
    return "nothing passed that the filter picks: look at --filter and the direction";
  return "nothing passed: look at the direction (:in, :out) and at the sender";
}

}  // namespace hopcost::analyzer
