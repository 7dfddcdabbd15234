// Bridges of Open vSwitch: an ovsdb-server and an ovs-vswitchd of our own in each namespace that has any,
// with their files in its folder (daemons.h), and configured through the database (RFC 7047,
// ovs-vswitchd.conf.db(5)). They share nothing with a system's own Open vSwitch. One thread per namespace,
// except that ports may be added by several. Includes base/ and topology/.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "nsglue/kernel/links.h"
#include "nsglue/kernel/owner.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// A bridge, and who switches its packets: "kernel" (module openvswitch) or "userspace" (a thread of
/// ovs-vswitchd on packet sockets).
struct OvsBridge {
  std::string name, datapath;
};
/// A device that is a port.
struct OvsPort {
  std::string bridge, device;
};
/// A static forwarding entry.
struct OvsEntry {
  std::string bridge, device, mac;
};

/// A node's bridges, "auto" decided.
[[nodiscard]] std::vector<OvsBridge> ovs_bridges(const Topology& topology, const std::string& node);
/// What is lacking here for the topology's bridges: programs, the kernel's datapath, /dev/net/tun.
[[nodiscard]] std::vector<std::string> ovs_lacks(const Topology& topology);

/// Starts the programs in the calling thread's namespace, which is called `netns`, with bridges without
/// ports. Errors: kMissing (no Open vSwitch), kFailure with the programs' own words.
[[nodiscard]] Result<void> start_ovs(const std::string& netns, std::span<const OvsBridge> bridges,
                                     const std::optional<Owner>& owner);

/// Adds ports, and waits until packets pass them. Errors: kFailure with what Open vSwitch says of a port.
[[nodiscard]] Result<void> add_ovs_ports(const std::string& netns, std::span<const OvsPort> ports);
/// Takes ports away; one that is no port, and a switch that does not run, are a success.
[[nodiscard]] Result<void> remove_ovs_ports(const std::string& netns, std::span<const OvsPort> ports);
/// Adds forwarding entries that never age.
[[nodiscard]] Result<void> add_ovs_entries(const std::string& netns, std::span<const OvsEntry> entries);

/// A bridge as it stands.
struct OvsBridgeState {
  std::string datapath;                      ///< "kernel" or "userspace".
  std::map<std::string, std::string> ports;  ///< device -> Open vSwitch's error for it, mostly empty.
  std::set<std::pair<std::string, std::string>> entries;  ///< device, MAC: static ones.
};
/// The namespace's bridges by name. Errors: kFailure when a program of it does not run.
[[nodiscard]] Result<std::map<std::string, OvsBridgeState>> read_ovs(const std::string& netns);

/// What the kernel calls the device of a bridge whose datapath it has itself.
inline constexpr const char* kOvsLink = "openvswitch";

/// Of Open vSwitch's userspace datapath the kernel knows neither bridges nor ports. Its databases know: those
/// of every ovs-vswitchd that runs in the namespace, whosever it is. In `links`, which were read there, a
/// bridge's device gets the kind kOvsLink, and its ports' `master_index` is the bridge's, as if the kernel
/// had said so. Where nobody can be asked, nothing changes.
void join_userspace_switches(std::uint64_t netns_inode, std::map<std::string, LinkState>& links);

/// The static entries in what `ovs-appctl fdb/show` says: port number, MAC.
[[nodiscard]] std::vector<std::pair<int, std::string>> static_entries(const std::string& fdb_show);

}  // namespace hopcost::nsglue
