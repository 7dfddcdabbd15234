// The network namespaces of this machine, and what stands in them: read as far as it is asked for. Nothing is
// changed. One thread. Includes base/ and the floors kernel/ and topology/.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/attach/reference.h"
#include "nsglue/kernel/ip_entries.h"
#include "nsglue/kernel/links.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/topology/address.h"

namespace hopcost::nsglue {

/// A namespace that can be found without asking an engine.
struct Place {
  Located at;             ///< "here", "netns:NAME", or "pid:N" of one of its processes.
  bool isolated = false;  ///< processes are in it, and all of PID namespaces other than ours: a container.
};

/// What stands in one network namespace, as it was read.
struct NetnsState {
  Located at;
  Namespace ns;
  std::map<std::string, LinkState> links;             ///< by name.
  std::map<unsigned, std::vector<Prefix>> addresses;  ///< by the device's index.
  std::vector<RouteEntry> routes;                     ///< of the main table.

  /// Null when there is none; 0 is none.
  [[nodiscard]] const LinkState* by_index(unsigned index) const;
  /// The first IPv4 address of a device.
  [[nodiscard]] std::optional<Prefix> ipv4_of(const LinkState& link) const;
};

/// A device, and where it is.
struct Spot {
  NetnsState* netns = nullptr;
  const LinkState* link = nullptr;  ///< of that namespace.
  explicit operator bool() const noexcept { return link != nullptr; }
  friend bool operator==(const Spot&, const Spot&) = default;
};

class Survey {
 public:
  /// Finds the namespaces: the caller's, those under /run/netns, those of all processes. Errors: kPrivilege.
  [[nodiscard]] static Result<Survey> make();

  /// Reads what stands there; once for each namespace. The state lives as long as the survey. Errors:
  /// kMissing when it is gone, kPrivilege.
  [[nodiscard]] Result<NetnsState*> look_at(const Located& at);
  /// A veth's other end, or the device below a macvlan, ipvlan or vlan. No link: it has none, or none that is
  /// in a namespace of this machine that can be found.
  [[nodiscard]] Result<Spot> other_side(const Spot& of);
  /// Whether a container's processes are there, and none of ours.
  [[nodiscard]] bool is_isolated(const NetnsState& netns) const;

 private:
  [[nodiscard]] Result<const Place*> place_of(NetnsState& netns, int netnsid);
  std::vector<Place> places_;
  std::deque<NetnsState> states_;
};

/// UDP ports that sockets of a namespace are bound to, of both families, as /proc/net/udp and udp6 show them.
/// `netns` as open_netns() takes it. Empty when it can't be entered.
[[nodiscard]] std::set<std::uint16_t> used_udp_ports(const std::string& netns);

/// The first from 9 on (RFC 863) that is not used, nor the one behind it.
[[nodiscard]] std::uint16_t free_udp_port(const std::set<std::uint16_t>& used);

}  // namespace hopcost::nsglue
