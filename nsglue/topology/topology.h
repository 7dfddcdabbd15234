// A network mode as a file declares it: passive data, no kernel. doc/adding-a-mode.md describes every key.
// Any thread. Includes only base/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hopcost::nsglue {

/// What `nsglue list` puts together, in this order. A file without a group is in the last.
inline constexpr std::string_view kGroups[] = {"host",  "layer 2", "layer 3",         "overlay", "nested",
                                               "chain", "bpf",     "virtual machine", "other"};

/// The kind of an adopted device that has none: a NIC.
inline constexpr const char* kNicKind = "nic";

/// Where probes go that no [[sink]] awaits (RFC 863).
inline constexpr std::uint16_t kDiscardPort = 9;

/// Where a file declares a device: "NODE/DEVICE".
struct DeviceRef {
  std::string node;
  std::string device;
  [[nodiscard]] std::string text() const { return node + "/" + device; }
  friend auto operator<=>(const DeviceRef&, const DeviceRef&) = default;
};

/// One network namespace.
struct Node {
  std::string name;
  std::map<std::string, std::string> sysctls;  ///< "net.ipv4.ip_forward" -> "1", on top of quiet_sysctls().
  /// Whose namespace the node is: "docker:web", "netns:NAME", "pid:N", "here". Empty: nsglue makes one.
  std::string adopts = {};
  std::string netns = {};         ///< adopted: the path it is opened by, once attach/ has located it.
  std::uint64_t netns_inode = 0;  ///< adopted: which namespace that was then.
};

/// A device's offloads (ethtool -K), each set or left alone.
using Offloads = std::map<std::string, bool>;

/// One network device. `options` and `port` hold what its kind (and its master's kind) know, as words.
struct Device {
  DeviceRef at;
  std::string kind;                 ///< a word of nsglue/kinds/: "veth", "bridge", "macvlan".
  std::string mac;                  ///< "02:68:63:00:00:01"; empty where the kind has none.
  std::optional<DeviceRef> peer;    ///< the other end (veth).
  std::optional<DeviceRef> lower;   ///< the device it stands on (macvlan, ipvlan, vlan).
  std::string master;               ///< a device of the same node that this one is a port of, or empty.
  std::uint32_t mtu = 1500;         ///< bytes of payload of a frame, 68 to 65535.
  std::uint32_t txqueuelen = 1000;  ///< packets.
  std::string rps_cpus = "0";       ///< hexadecimal CPU mask for every receive queue; "0": inline.
  Offloads offloads;
  std::map<std::string, std::string> options;  ///< the kind's own keys.
  std::map<std::string, std::string> port;     ///< keys of its master's kind about this port.
  std::vector<std::string> ipv4, ipv6;  ///< "198.18.0.1/24"; the first is the one packets are addressed to.
  bool masquerade = false;     ///< what leaves by it has one of its addresses as source, by nftables.
  std::vector<DeviceRef> fdb;  ///< whose MACs the master reaches over this port (static entries).
};

/// A route of a node's main table.
struct Route {
  std::string node;
  std::string to;      ///< "198.18.1.0/24"; "0.0.0.0/0" and "::/0" are the default routes.
  std::string via;     ///< gateway, or empty.
  std::string device;  ///< or empty: the kernel finds it by the gateway.
};

/// Static neighbour entries: `ips` on `on` have the MAC of `owner`.
struct Neighbour {
  DeviceRef on;
  DeviceRef owner;
  std::vector<std::string> ips;
};

/// A point that can be watched.
struct Tap {
  std::string name;
  DeviceRef at;
  std::string direction;  ///< "in" or "out".
  std::string hook;       ///< "tc", "xdp" (in alone), or empty: whatever is best.
};

/// Where UDP datagrams end.
struct SinkPort {
  std::string node;
  std::uint16_t port = 0;  ///< UDP.
};

/// A port of a container that is published as `docker run -p PORT:PORT/udp` does: what comes to one of the
/// node's own addresses is translated to the container's first address of the family.
struct Publish {
  DeviceRef bridge;          ///< the device with addresses that containers stand behind; its node translates.
  DeviceRef to;              ///< the container's device.
  std::uint16_t port = 0;    ///< UDP, outside.
  std::uint16_t inside = 0;  ///< UDP, of the container: mostly the same.
  /// Whose rules do it: "nftables", or "iptables": those that iptables-nft writes.
  std::string by = "nftables";
};

/// A BPF program that sends what comes into a device to another of the same node, and looks at nothing.
struct Redirect {
  DeviceRef at, to;
  std::string hook;  ///< "tc" (its ingress) or "xdp" (in the driver).
  std::string how;   ///< "device": out of it; "peer" (tc alone): into the other end of that veth pair.
};

/// What one device sends to another must not arrive: a check sends a frame and looks.
struct Never {
  DeviceRef from, to;
  DeviceRef next_hop;      ///< whose MAC the frame carries: `to`'s, unless said otherwise.
  std::uint16_t port = 9;  ///< UDP, of both ends.
};

/// The way to one container: where packets end, what they carry to get there, where they can be watched.
struct ContainerPath {
  DeviceRef target, addressed, next_hop;
  std::vector<Tap> taps;
  std::vector<SinkPort> sinks;
};

/// How many of a topology's parts its containers share: those that come first.
struct SharedCounts {
  std::size_t nodes = 0, devices = 0, routes = 0, neighbours = 0, published = 0, redirects = 0, nevers = 0;
};

/// A whole file, valid in itself. Order is the file's.
struct Topology {
  std::string name;
  std::string summary;
  std::string group;           ///< one of kGroups.
  std::filesystem::path file;  ///< empty when it came from text.
  std::string text;            ///< as read; with many containers, the text of the file they were made from.
  /// CNI's configuration that the node `container` joins by, which has no devices before; empty: none.
  std::filesystem::path conflist = {};
  std::vector<Node> nodes;
  std::vector<Device> devices;
  std::vector<Route> routes;
  std::vector<Neighbour> neighbours;
  std::vector<Tap> taps;  ///< in the order a packet passes; the last is the end of the path.
  std::vector<SinkPort> sinks;
  std::vector<Publish> published;  ///< in the order a packet is translated.
  std::vector<Redirect> redirects;
  std::vector<Never> nevers;
  DeviceRef sender;     ///< where packets start.
  DeviceRef target;     ///< where they end.
  DeviceRef addressed;  ///< whose addresses they carry when they start.
  DeviceRef next_hop;   ///< whose MAC packets carry on the wire.

  /// With many containers (containers.h) the ways to all of them; target to sinks above are the first's.
  /// Empty otherwise.
  std::vector<ContainerPath> containers;
  SharedCounts shared;  ///< with many containers; behind what is shared, each has equally many, in order.

  /// Whether its nodes are namespaces of others: then nothing of it is built, changed or removed.
  [[nodiscard]] bool adopted() const;
  /// Whether packets come in from outside this machine: the sender is the device they come in by.
  [[nodiscard]] bool from_outside() const { return !taps.empty() && taps.front().at == sender && adopted(); }
  /// How a node's namespace is opened: "hc-INSTANCE-NODE", or the path of the one that is adopted.
  [[nodiscard]] std::string namespace_of(const std::string& instance, const std::string& node) const;
  /// Whether packets end in a virtual machine: no socket of this machine's can be there, and the guest sends
  /// back what it gets.
  [[nodiscard]] bool ends_in_machine() const;
  /// Whether building it runs programs of others: Open vSwitch, a virtual machine, CNI's plugins.
  [[nodiscard]] bool runs_programs() const;
  /// The UDP port that probes arrive at: the socket's at the end, or kDiscardPort where none is.
  [[nodiscard]] std::uint16_t end_port() const;
  /// The UDP port that probes carry when they start: the published one, or end_port().
  [[nodiscard]] std::uint16_t port() const;
  /// Null when the file declares no such device.
  [[nodiscard]] const Device* find(const DeviceRef& at) const;
  /// The device that this one is a port of; null when it is none's, or the file declares no such device.
  [[nodiscard]] const Device* master_of(const Device& port) const;
};

/// Reads and validates. Errors: kMissing when the file can't be read; kUsage, "FILE:LINE:COLUMN: ...".
[[nodiscard]] Result<Topology> load_topology(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in errors.
[[nodiscard]] Result<Topology> parse_topology(std::string_view text, const std::string& name);
/// A path (it holds '/' or ends in .toml) or the name of a file in `dir`. Errors: also kMissing, naming what
/// there is.
[[nodiscard]] Result<Topology> find_topology(const std::string& name_or_path,
                                             const std::filesystem::path& dir);

}  // namespace hopcost::nsglue
