// Devices that are missing, that differ from what is declared, or that are not declared.
#include <fmt/format.h>
#include <linux/if.h>

#include "nsglue/check/compare.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

/// Collects the drift of one device.
class DeviceDrifts {
 public:
  DeviceDrifts(std::string where, std::vector<Drift>& out) : where_(std::move(where)), out_(out) {}

  void expect(const std::string& what, const std::string& expected, const std::string& found) {
    if (expected != found) out_.push_back({fmt::format("{}: {}", where_, what), expected, found});
  }
  void expect(const std::string& what, std::uint64_t expected, std::uint64_t found) {
    expect(what, std::to_string(expected), std::to_string(found));
  }
  /// If the kernel does not report a field, it lacks the feature. That is as good as the kernel's default.
  void expect_fields(std::span<const InfoField> fields, const std::map<std::string, std::string>& expected,
                     const std::map<std::string, std::string>& found) {
    for (const InfoField& f : fields) {
      const auto want = expected.find(f.key);
      const auto have = found.find(f.key);
      if (want == expected.end() || f.attribute == 0) continue;
      expect(f.key, want->second, have != found.end() ? have->second : field_text(f, f.kernel_default));
    }
  }

 private:
  std::string where_;
  std::vector<Drift>& out_;
};

/// What a device of `links` is a port of, besides the bridge by which a NIC's frames come to a sender.
std::string master_of(const LinkState& port, const std::map<std::string, LinkState>& links) {
  if (port.master_index == 0) return "nothing";
  for (const auto& [name, state] : links) {
    if (state.index == port.master_index) return name == kFeederBridge ? "nothing" : name;
  }
  return fmt::format("device {}", port.master_index);
}

/// `port_by_program`: a program knows the device as its port, the kernel does not.
void compare_device(const Device& d, const std::string& where, const Links& links, bool port_by_program,
                    std::vector<Drift>& out) {
  DeviceDrifts drifts(where, out);
  const LinkState* s = find_link(links, d.at);
  if (s == nullptr) return drifts.expect("device", d.kind, "nothing");
  drifts.expect("kind", d.kind, s->kind);
  drifts.expect("mac", d.mac, s->mac);
  drifts.expect("mtu", d.mtu, s->mtu);
  drifts.expect("txqueuelen", d.txqueuelen, s->txqueuelen);
  drifts.expect("state", "up", s->state());
  if (!port_by_program)
    drifts.expect("master", d.master.empty() ? "nothing" : d.master, master_of(*s, links.at(d.at.node)));
  const LinkKind& kind = *find_kind(d.kind);
  const auto& other = d.peer ? d.peer : d.lower;
  if (other && kind.shape != Shape::kTunnel) {
    const LinkState* below = find_link(links, *other);
    if (below != nullptr) drifts.expect(d.peer ? "peer" : "lower", below->index, s->lower_index);
  }
  drifts.expect_fields(kind.fields, d.options, s->options);
  if (const LinkKind* master = find_kind(s->port_kind))
    drifts.expect_fields(master->port_fields, d.port, s->port);
}

/// Devices that are not declared. Those that are down do no harm: every namespace has tunnels' fallback
/// devices.
void compare_strangers(const Topology& topology, const std::string& node, const std::string& where,
                       const Links& links, std::vector<Drift>& out) {
  for (const auto& [name, state] : links.at(node)) {
    if (name == "lo" || name == kFeeder || name == kFeederBridge || (state.flags & IFF_UP) == 0 ||
        topology.find({node, name}) != nullptr)
      continue;
    out.push_back(
        {fmt::format("{}/{}: device", where, name), "nothing", state.kind.empty() ? "a device" : state.kind});
  }
}

}  // namespace

void compare_links(const Topology& topology, Nodes& nodes, const Links& links, std::vector<Drift>& drifts) {
  for (const Device& d : topology.devices) {
    const auto ns = nodes.find(d.at.node);
    if (ns == nodes.end() || is_by_program(d.kind)) continue;
    const Device* master = topology.master_of(d);
    const bool port_by_program = master != nullptr && is_by_program(master->kind);
    compare_device(d, fmt::format("{}/{}", ns->second.name, d.at.device), links, port_by_program, drifts);
  }
  for (const auto& [node, ns] : nodes) compare_strangers(topology, node, ns.name, links, drifts);
}

}  // namespace hopcost::nsglue
