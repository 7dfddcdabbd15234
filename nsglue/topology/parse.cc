// Turns the keys of a topology file into data. rules.cc checks what must hold between its parts.
#include "nsglue/topology/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

constexpr const char* kOffloadKeys[] = {"gro", "gso", "tso", "tx_checksum", "rx_checksum"};

/// Values for devices that do not give their own.
struct Defaults {
  std::uint32_t mtu = 1500;
  std::uint32_t txqueuelen = 1000;
  std::string rps_cpus = "0";
  Offloads offloads;
};

std::string mask_at(Faults& faults, TomlTable& t, const std::string& otherwise) {
  std::string mask = faults.take(t.optional_string("rps_cpus")).value_or(otherwise);
  faults.require(
      !mask.empty() && mask.find_first_not_of("0123456789abcdef,") == std::string::npos, t, "rps_cpus",
      "'rps_cpus' must be a CPU mask in lower-case hexadecimal, as in sysfs: \"0\", \"3\", \"1,00000000\"");
  return mask;
}

/// Reads mtu, txqueuelen, rps_cpus and offloads; `base` has the values of what is not given.
Defaults parse_defaults(Faults& faults, TomlTable& t, Defaults base) {
  base.mtu = static_cast<std::uint32_t>(faults.take(t.optional_int("mtu", 68, 65535)).value_or(base.mtu));
  base.txqueuelen = static_cast<std::uint32_t>(
      faults.take(t.optional_int("txqueuelen", 0, 1'000'000)).value_or(base.txqueuelen));
  base.rps_cpus = mask_at(faults, t, base.rps_cpus);
  if (auto table = faults.take(t.table("offloads"))) {
    for (const char* key : kOffloadKeys) {
      if (const auto on = faults.take(table->optional_bool(key))) base.offloads[key] = *on;
    }
    faults.take(table->finish());
  }
  return base;
}

/// The values that a text field may have.
std::string known_texts(const InfoField& f) {
  if (f.words.empty()) return "an IPv4 address such as 198.18.2.1";
  std::string known;
  for (const Word& w : f.words) known += fmt::format("{}\"{}\"", known.empty() ? "one of " : ", ", w.text);
  return known;
}

/// The file's value of one field; nothing when it does not give one.
std::optional<std::string> parse_field(Faults& faults, TomlTable& t, const InfoField& f) {
  if (!f.words.empty() || f.width == InfoField::Width::kIpv4) {
    auto text = faults.take(t.optional_string(f.key));
    faults.require(!text || field_value(f, *text), t, f.key,
                   fmt::format("'{}' must be {}", f.key, known_texts(f)));
    return text;
  }
  if (f.max == 1) {
    const auto on = faults.take(t.optional_bool(f.key));
    return on ? std::optional(*on ? "1" : "0") : std::nullopt;
  }
  const auto number = faults.take(t.optional_int(f.key, 0, f.max));
  return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

std::map<std::string, std::string> parse_fields(Faults& faults, TomlTable& t,
                                                std::span<const InfoField> fields) {
  std::map<std::string, std::string> values = default_fields(fields);
  for (const InfoField& f : fields) {
    auto value = parse_field(faults, t, f);
    faults.require(value || !f.required, t, f.key, fmt::format("'{}' is missing", f.key));
    if (value) values[f.key] = std::move(*value);
  }
  return values;
}

std::vector<DeviceRef> parse_refs(Faults& faults, TomlTable& t, std::string_view key) {
  std::vector<DeviceRef> refs;
  for (const std::string& text : faults.take(t.strings(key))) refs.push_back(parse_ref(faults, t, key, text));
  return refs;
}

std::optional<DeviceRef> parse_optional_ref(Faults& faults, TomlTable& t, std::string_view key) {
  const auto text = faults.take(t.optional_string(key));
  if (!text) return std::nullopt;
  return parse_ref(faults, t, key, *text);
}

DeviceRef parse_required_ref(Faults& faults, TomlTable& t, std::string_view key) {
  return parse_ref(faults, t, key, faults.take(t.string(key)));
}

Node parse_node(Faults& faults, TomlTable& t) {
  Node n;
  n.name = faults.take(t.string("name"));
  n.adopts = faults.take(t.optional_string("adopts")).value_or("");
  for (const std::string& text : faults.take(t.strings("sysctls"))) {
    const std::size_t equals = text.find('=');
    const bool good = text.starts_with("net.") && equals != std::string::npos &&
                      text.find("..") == std::string::npos && text.find('/') == std::string::npos;
    faults.require(good, t, "sysctls", fmt::format("'{}' is not of the form net.NAME=VALUE", text));
    if (good) n.sysctls[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return n;
}

Device parse_device(Faults& faults, TomlTable& t, const Defaults& defaults, bool adopted) {
  Device d;
  d.at = parse_required_ref(faults, t, "at");
  d.kind = faults.take(t.string("kind"));
  d.peer = parse_optional_ref(faults, t, "peer");
  d.lower = parse_optional_ref(faults, t, "lower");
  d.master = faults.take(t.optional_string("master")).value_or("");
  const Defaults own = parse_defaults(faults, t, defaults);
  d.mtu = own.mtu;
  d.txqueuelen = own.txqueuelen;
  d.rps_cpus = own.rps_cpus;
  d.offloads = own.offloads;
  d.ipv4 = faults.take(t.strings("ipv4"));
  d.ipv6 = faults.take(t.strings("ipv6"));
  d.fdb = parse_refs(faults, t, "fdb");
  d.masquerade = faults.take(t.optional_bool("masquerade")).value_or(false);
  const LinkKind* kind = find_kind(d.kind);
  faults.require(kind != nullptr || adopted, t, "kind",
                 fmt::format("unknown kind '{}'; there are: {}", d.kind, kind_names()));
  if (kind != nullptr) d.options = parse_fields(faults, t, kind->fields);
  const bool has_mac = kind == nullptr || kind->mac != MacFrom::kNone;
  if (adopted) {
    d.mac = faults.take(t.optional_string("mac")).value_or("");
  } else if (has_mac) {
    d.mac = faults.take(t.string("mac"));
  }
  return d;
}

/// A port's keys depend on its master's kind, so they are read when all devices are known.
void parse_port(Faults& faults, TomlTable& t, Device& d, const Topology& topology) {
  auto table = faults.take(t.table("port"));
  faults.require(!table || !d.master.empty(), t, "port", "'port' is for devices with a 'master'");
  const Device* master = topology.master_of(d);
  const LinkKind* kind = master != nullptr ? find_kind(master->kind) : nullptr;
  if (kind != nullptr) {
    d.port = table ? parse_fields(faults, *table, kind->port_fields) : default_fields(kind->port_fields);
  }
  if (table) faults.take(table->finish());
}

Route parse_route(Faults& faults, TomlTable& t) {
  Route r;
  r.node = faults.take(t.string("node"));
  r.to = faults.take(t.string("to"));
  r.via = faults.take(t.optional_string("via")).value_or("");
  r.device = faults.take(t.optional_string("device")).value_or("");
  return r;
}

Neighbour parse_neighbour(Faults& faults, TomlTable& t) {
  return {parse_required_ref(faults, t, "on"), parse_required_ref(faults, t, "owner"),
          faults.take(t.strings("ips"))};
}

Tap parse_tap(Faults& faults, TomlTable& t) {
  return {faults.take(t.string("name")), parse_required_ref(faults, t, "at"),
          faults.take(t.string("direction")), faults.take(t.optional_string("hook")).value_or("")};
}

SinkPort parse_sink(Faults& faults, TomlTable& t) {
  SinkPort s{faults.take(t.string("node")), 0};
  const auto port = faults.take(t.optional_int("port", 1, 65535));
  faults.require(port.has_value(), t, "port", "'port' is missing");
  s.port = static_cast<std::uint16_t>(port.value_or(0));
  return s;
}

Publish parse_publish(Faults& faults, TomlTable& t) {
  Publish p{parse_required_ref(faults, t, "bridge"), parse_required_ref(faults, t, "to"), 0, 0};
  const auto port = faults.take(t.optional_int("port", 1, 65535));
  faults.require(port.has_value(), t, "port", "'port' is missing");
  p.port = static_cast<std::uint16_t>(port.value_or(0));
  p.inside = static_cast<std::uint16_t>(faults.take(t.optional_int("inside", 1, 65535)).value_or(p.port));
  p.by = faults.take(t.optional_string("by")).value_or(p.by);
  return p;
}

Redirect parse_redirect(Faults& faults, TomlTable& t) {
  return {parse_required_ref(faults, t, "at"), parse_required_ref(faults, t, "to"),
          faults.take(t.string("hook")), faults.take(t.optional_string("how")).value_or("device")};
}

Never parse_never(Faults& faults, TomlTable& t) {
  Never n{parse_required_ref(faults, t, "from"), parse_required_ref(faults, t, "to"), {}};
  n.next_hop = parse_optional_ref(faults, t, "next_hop").value_or(n.to);
  const auto port = faults.take(t.optional_int("port", 1, 65535));
  n.port = static_cast<std::uint16_t>(port.value_or(n.port));
  return n;
}

template <class T, class Parse>
void parse_each(Faults& faults, TomlTable& root, std::string_view key, std::vector<TomlTable>& places,
                std::vector<T>& out, Parse parse) {
  places = faults.take(root.tables(key));
  for (TomlTable& t : places) out.push_back(parse(faults, t));
}

std::string parse_group(Faults& faults, TomlTable& root) {
  const std::string otherwise(std::end(kGroups)[-1]);
  std::string group = faults.take(root.optional_string("group")).value_or(otherwise);
  faults.require(std::ranges::find(kGroups, group) != std::end(kGroups), root, "group",
                 fmt::format("'group' must be one of \"{}\"", fmt::join(kGroups, "\", \"")));
  return group;
}

void parse_path(Faults& faults, TomlTable& root, Places& places, Topology& topology) {
  places.path = faults.take(root.table("path"));
  faults.require(places.path.has_value(), root, "path", "the table [path] is missing");
  if (!places.path) return;
  topology.sender = parse_required_ref(faults, *places.path, "sender");
  topology.target = parse_required_ref(faults, *places.path, "target");
  topology.addressed = parse_optional_ref(faults, *places.path, "addressed").value_or(topology.target);
  topology.next_hop = parse_optional_ref(faults, *places.path, "next_hop").value_or(topology.target);
}

void finish_all(Faults& faults, const TomlTable& root, const Places& places) {
  if (places.path) faults.take(places.path->finish());
  for (const auto* list : {&places.nodes, &places.devices, &places.routes, &places.neighbours, &places.taps,
                           &places.sinks, &places.published, &places.redirects, &places.nevers}) {
    for (const TomlTable& t : *list) faults.take(t.finish());
  }
  faults.take(root.finish());
}

}  // namespace

DeviceRef parse_ref(Faults& faults, const TomlTable& table, std::string_view key, const std::string& text) {
  const std::size_t slash = text.find('/');
  const bool good = slash != std::string::npos && slash > 0 && slash + 1 < text.size() &&
                    text.find('/', slash + 1) == std::string::npos;
  faults.require(good, table, key,
                 fmt::format("'{}' names a device as \"NODE/DEVICE\", not \"{}\"", key, text));
  if (!good) return {};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

Result<Topology> read_topology(const TomlFile& file) {
  TomlTable root = file.root();
  Faults faults;
  Places places;
  Topology topology;
  topology.name = faults.take(root.string("name"));
  topology.summary = faults.take(root.optional_string("summary")).value_or("");
  topology.group = parse_group(faults, root);
  Defaults defaults;
  for (const char* key : kOffloadKeys) defaults.offloads[key] = false;
  if (auto table = faults.take(root.table("defaults"))) {
    defaults = parse_defaults(faults, *table, defaults);
    faults.take(table->finish());
  }
  parse_path(faults, root, places, topology);
  parse_each(faults, root, "node", places.nodes, topology.nodes, parse_node);
  parse_each(faults, root, "device", places.devices, topology.devices,
             [&](Faults& f, TomlTable& t) { return parse_device(f, t, defaults, topology.adopted()); });
  for (std::size_t i = 0; i < topology.devices.size(); ++i) {
    parse_port(faults, places.devices[i], topology.devices[i], topology);
  }
  parse_each(faults, root, "route", places.routes, topology.routes, parse_route);
  parse_each(faults, root, "neighbour", places.neighbours, topology.neighbours, parse_neighbour);
  parse_each(faults, root, "tap", places.taps, topology.taps, parse_tap);
  parse_each(faults, root, "sink", places.sinks, topology.sinks, parse_sink);
  parse_each(faults, root, "publish", places.published, topology.published, parse_publish);
  parse_each(faults, root, "redirect", places.redirects, topology.redirects, parse_redirect);
  parse_each(faults, root, "never", places.nevers, topology.nevers, parse_never);
  finish_all(faults, root, places);
  if (!faults.any()) check_rules(faults, topology, places);
  if (!faults.any() && !topology.adopted()) check_reach(faults, topology, places);
  if (!faults.any() && !topology.adopted()) check_circles(faults, topology, places);
  if (faults.any()) return std::unexpected(faults.first());
  return topology;
}

}  // namespace hopcost::nsglue
