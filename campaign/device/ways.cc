#include "campaign/device/ways.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <regex>

#include "base/programs.h"
#include "campaign/device/filters.h"
#include "campaign/device/topology_facts.h"

namespace hopcost::campaign {
namespace {

constexpr std::uint32_t kConnections = 1000;  // for a device that keeps state of connections, unless
                                              // --connections says otherwise
constexpr const char* kXdp = "xdp";
constexpr const char* kMonitorNode = "monitor";

constexpr const char* kBareWire = R"(
name = "bare-wire"
summary = "the tester's two ports on one wire"

[path]
sender = "tester/t0"
target = "far/t1"

[defaults]
mtu = 1500
offloads = { gro = false, gso = false, tso = false, tx_checksum = false, rx_checksum = false }

[[node]]
name = "tester"

[[node]]
name = "far"

[[device]]
at = "tester/t0"
kind = "veth"
peer = "far/t1"
mac = "02:68:63:00:00:01"
ipv4 = ["198.18.1.2/24"]

[[device]]
at = "far/t1"
kind = "veth"
peer = "tester/t0"
mac = "02:68:63:00:01:02"
ipv4 = ["198.18.1.1/24"]

[[neighbour]]
on = "tester/t0"
owner = "far/t1"
ips = ["198.18.1.1"]

[[tap]]
name = "far"
at = "far/t1"
direction = "in"
)";

std::optional<DeviceCounters> counters(const std::string& netns, const std::string& device) {
  auto c = DeviceCounters::open(device, netns);
  return c ? std::optional(std::move(*c)) : std::nullopt;
}

/// Turns GRO on where frames enter: a veth takes frames that XDP redirects to its other end only while it
/// polls, as it does with GRO (doc/pktgen-backends.md).
void let_xdp_in(nsglue::Topology& t) {
  const nsglue::Device* const in = other_end(t, t.sender);
  if (in == nullptr) return;
  const std::string at = fmt::format("at = \"{}\"\n", in->at.text());
  const auto where = t.text.find(at);  // the device's entry: taps come after all devices
  if (where == std::string::npos) return;
  const std::string rest = t.text.substr(where, t.text.find("\n[[", where) - where);
  if (rest.find("offloads") == std::string::npos)  // a mode that sets its offloads has a reason
    t.text.insert(where + at.size(), "offloads = { gro = true }\n");
}

/// Raises the MTU of every device by what the sender's lacks for the largest frame asked for. (Where the
/// sender can send it, what the device carries is for the test to find.) A topology without an MTU keeps what
/// it has.
void fit_frames(nsglue::Topology& t, const DeviceConfig& config) {
  constexpr std::uint32_t kHeaderAndFcs = 18;
  const nsglue::Device* const sender = t.find(t.sender);
  if (sender == nullptr) return;
  const std::uint32_t usual = sender->mtu + kHeaderAndFcs;
  std::uint32_t largest = usual;
  for (const std::string& size : config.sizes) {
    const auto bytes = mean_bytes(size, frames_asked(config));
    if (bytes) largest = std::max(largest, static_cast<std::uint32_t>(*bytes));
  }
  if (largest == usual) return;
  // The builder reads the text.
  const std::regex key(R"((^|\n)[ \t]*mtu[ \t]*=[ \t]*([0-9]+))");
  std::string raised;
  auto rest = t.text.cbegin();
  for (std::sregex_iterator found(t.text.cbegin(), t.text.cend(), key), none; found != none; ++found) {
    const std::uint64_t mtu = std::strtoull((*found)[2].str().c_str(), nullptr, 10) + largest - usual;
    raised.append(rest, (*found)[2].first).append(std::to_string(mtu));
    rest = (*found)[2].second;
  }
  t.text = raised + std::string(rest, t.text.cend());
}

/// Adds routes for the networks that frames go to, by the port `tester`, behind which they are.
void add_routes(nsglue::Topology& t, const nsglue::DeviceRef& tester, Way way, const DeviceConfig& config) {
  const nsglue::Device* const port = t.find(tester);
  const nsglue::Device* const device = other_end(t, tester);
  if (port == nullptr || device == nullptr) return;
  const bool translated = way == Way::kBack && is_stateless(t);
  const bool six = config.ipv6 && (translated || prefix_of(t).empty());
  const auto& addresses = six ? port->ipv6 : port->ipv4;
  if (addresses.empty()) return;
  for (std::uint32_t k = 0; k < config.routes; ++k) {
    const std::string to = translated ? translated_network_of(k, prefix_of(t)) : network_of(k, way, six);
    t.routes.push_back({device->at.node, to, bare(addresses.front()), ""});
    const nsglue::Route& r = t.routes.back();  // also as the topology's text, which the builder reads
    t.text += fmt::format("\n[[route]]\nnode = \"{}\"\nto = \"{}\"\nvia = \"{}\"\n", r.node, r.to, r.via);
  }
}

OneWay way_through(const Path& path, const DeviceConfig& config, Way way) {
  const auto& t = path.topology;
  const bool forth = way == Way::kForth;
  const auto& from = forth ? t.sender : t.target;
  const auto& to = forth ? t.target : t.sender;
  const bool xdp = config.backend == kXdp;  // also of a bare wire beside named ports
  const auto spec = [&](const nsglue::DeviceRef& at, const std::string& backend) {
    const char* const driver = backend == "dpdk" ? "net_af_xdp,iface=" : "";
    return fmt::format("{}:{}{}@{}", backend, driver, at.device, path.built.netns.at(at.node));
  };
  const std::string receiver = xdp ? "af_packet" : config.backend;
  OneWay w{.way = way,
           .from = spec(from, config.backend),
           .to = spec(to, receiver),
           .dst_mac = path.built.target.mac,
           .built_end = t.target.device,
           .one_frame = xdp};
  Frames frames = frames_asked(config);
  if (forth) frames.prefix = prefix_of(t);
  if (forth && is_stateless(t)) frames.src_ip = translated_hosts(prefix_of(t));
  if (!forth && is_stateless(t)) {
    frames.ipv6 = false;
    frames.shorter = kTranslatorAdds;
  }
  if (!forth && !tunnel_of(t).empty()) {  // the tunnel's end puts them into IPv4 packets
    frames.outer.clear();
    frames.shorter = kTunnelAdds;
  }
  if (keeps_connections(t) && frames.connections == 0) frames.connections = kConnections;
  const nsglue::Device* const in = other_end(t, from);
  const nsglue::Device* const out = other_end(t, to);
  if (!forth && in != nullptr) w.dst_mac = in->mac;
  if (forth && !t.published.empty()) {
    frames.dst_ip = config.ipv6 ? path.built.target.ipv6 : path.built.target.ipv4;
    frames.dst_port = t.published.front().port;
  }
  w.flows = {frames};
  for (const nsglue::Device& d : t.devices)
    if (forth && d.at.node == kMonitorNode) {
      w.monitor = spec(d.at, receiver);
      w.monitor_in = counters(path.built.netns.at(d.at.node), d.at.device);
    }
  w.tester_out = counters(path.built.netns.at(from.node), from.device);
  w.tester_in = counters(path.built.netns.at(to.node), to.device);
  if (in != nullptr) w.device_in = counters(path.built.netns.at(in->at.node), in->at.device);
  if (out != nullptr) w.device_out = counters(path.built.netns.at(out->at.node), out->at.device);
  return w;
}

/// The names of the topologies in a folder, sorted.
std::vector<std::string> topologies_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none))
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

/// The topology of --dut: a device of topologies/device/, else a mode by its name or file.
Result<nsglue::Topology> topology_of(const DeviceConfig& config) {
  auto found = find_data("topologies", config.topologies);
  if (!found) return forward(found);
  const std::filesystem::path& dir = *found;
  const auto device = dir / "device" / (config.dut + ".toml");
  std::error_code none;
  if (std::filesystem::exists(device, none)) return nsglue::load_topology(device);
  auto mode = nsglue::find_topology(config.dut, dir);
  if (!mode && mode.error().code == Exit::kMissing)
    mode.error().hint += fmt::format("; devices in {}: {}", (dir / "device").string(),
                                     fmt::join(topologies_in(dir / "device"), ", "));
  return mode;
}

Result<std::vector<std::string>> put_filters(const nsglue::Topology& t, const nsglue::Realised& built,
                                             const DeviceConfig& config, std::uint32_t count) {
  const std::string near = config.ipv6 ? "2001:2::/49" : "198.18.0.0/16";
  const std::string behind = config.ipv6 ? "2001:2:0:8000::/49" : "198.19.0.0/16";
  std::vector<Stream> streams = {{near, behind}};
  if (config.bidirectional) streams.push_back({behind, near});
  return add_filters(built.netns.at(t.next_hop.node), count, streams);
}

/// Refuses modifiers that the device can't have, before its first test.
Result<void> fit_modifiers(const nsglue::Topology& t, const DeviceConfig& config) {
  const bool filters = std::ranges::any_of(config.modifiers, [](const auto& m) { return filters_of(m) > 0; });
  if (filters && (!routes(t) || !prefix_of(t).empty() || !config.outer.empty() || !config.profile.empty()))
    return error(Exit::kUsage, "filters are put into a router, for RFC 2544's frames as they are",
                 "--dut router, nat, bird, dual-siit or dual-6in4, without --6in4 and --profile");
  const bool managed = std::ranges::find(config.modifiers, "management") != config.modifiers.end();
  if (managed && own_address(t, config.ipv6).empty())
    return error(Exit::kUsage, fmt::format("{} has no address of its own to send queries to", config.dut),
                 "leave out management");
  return {};
}

/// Checks the options against the topology, and adds the routes that no file and no daemon brings.
Result<void> fit(nsglue::Topology& t, const DeviceConfig& config) {
  const auto bad = [](const std::string& what, const std::string& hint) {
    return error(Exit::kUsage, what, hint);
  };
  const std::string ends = tunnel_of(t);
  if (!ends.empty() && config.profile.empty() && config.outer != ends)
    return bad(fmt::format("{} takes IPv6 frames in IPv4 packets", config.dut), "add --ipv6 --6in4 " + ends);
  if (takes_ipv6_alone(t) && !config.ipv6 && config.profile.empty())
    return bad(fmt::format("{} takes IPv6 frames in", config.dut), "add --ipv6");
  const bool one_way =
      !t.published.empty() || keeps_connections(t) || (!prefix_of(t).empty() && !is_stateless(t));
  if (config.bidirectional && one_way)
    return bad(fmt::format("{} lets packets through in one direction only", config.dut),
               "leave out --bidirectional");
  const bool translated_both_ways = config.bidirectional && is_stateless(t);
  if (translated_both_ways && std::ranges::find(config.sizes, "imix") != config.sizes.end())
    return bad("IMIX both ways would be of other frames on each side of a translator", "give sizes");
  if (translated_both_ways && (!config.extension.empty() || !config.outer.empty()))
    return bad("what comes back through a translator is IPv4, without extension headers and tunnels",
               "leave out --bidirectional, or --extension and --6in4");
  if (auto ok = fit_modifiers(t, config); !ok) return ok;
  if (config.backend == kXdp && (!t.published.empty() || !prefix_of(t).empty()))
    return bad(fmt::format("the one frame of pktgen's xdp does not go through {}", config.dut),
               "--backend af_packet, af_xdp or dpdk");
  if (!routes(t)) return {};
  if (!is_fed(t)) add_routes(t, t.target, Way::kForth, config);
  if (config.bidirectional) add_routes(t, t.sender, Way::kBack, config);
  return {};
}

/// The networks that a daemon is to announce, one per line.
std::string networks_of(const nsglue::Topology& t, const DeviceConfig& config) {
  std::string text;
  const bool six = config.ipv6 && prefix_of(t).empty();
  for (std::uint32_t k = 0; k < config.routes; ++k) text += network_of(k, Way::kForth, six) + "\n";
  return text;
}

}  // namespace

Frames frames_asked(const DeviceConfig& c) {
  return {.size = "",
          .networks = c.routes,
          .ipv6 = c.ipv6,
          .connections = c.connections,
          .seed = c.seed,
          .extension = c.extension,
          .broadcast = c.broadcast,
          .outer = c.outer};
}

Result<Ways> built_device(const DeviceConfig& config, std::uint32_t filters) {
  auto topology = topology_of(config);
  if (!topology) return forward(topology);
  if (auto ok = fit(*topology, config); !ok) return forward(ok);
  fit_frames(*topology, config);
  if (config.backend == kXdp) let_xdp_in(*topology);
  Ways w;
  w.learns = learns(*topology);
  w.site = this_machine();
  Build::clear_away_dead_runs(*w.site);
  auto build = Build::raise_one(*w.site, *topology);
  if (!build) return forward(build);
  const nsglue::Realised& built = build->paths().front().built;
  w.managed = {built.netns.at(topology->sender.node), own_address(*topology, config.ipv6)};
  if (filters > 0) {
    auto put = put_filters(*topology, built, config, filters);
    if (!put) return forward(put);
    w.filters = std::move(*put);
  }
  w.ways.push_back(way_through(build->paths().front(), config, Way::kForth));
  if (config.bidirectional) w.ways.push_back(way_through(build->paths().front(), config, Way::kBack));
  w.build.emplace(std::move(*build));
  auto daemons = Daemons::start(*topology, w.build->paths().front().built, networks_of(*topology, config));
  if (!daemons) return forward(daemons);
  w.daemons = std::move(*daemons);
  return w;
}

Result<Ways> bare_wire(const std::string& backend, const DeviceConfig& asked) {
  auto topology = nsglue::parse_topology(kBareWire, "the tester alone");
  if (!topology) return forward(topology);
  if (backend == kXdp) let_xdp_in(*topology);
  fit_frames(*topology, asked);
  Ways w;
  w.site = this_machine();
  auto build = Build::raise_one(*w.site, *topology, 1);
  if (!build) return forward(build);
  DeviceConfig config = asked;
  config.backend = backend;
  w.ways.push_back(way_through(build->paths().front(), config, Way::kForth));
  w.ways.front().device_in.reset();  // they are the tester's own ports: there is no device
  w.ways.front().device_out.reset();
  w.build.emplace(std::move(*build));
  return w;
}

}  // namespace hopcost::campaign
