#include "nsglue/control/topology_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/control.h"
#include "nsglue/cni_mode.h"
#include "nsglue/topology/containers.h"
#include "nsglue/topology/write.h"

namespace hopcost::nsglue {

using nlohmann::json;

namespace {

Result<Topology> declared_in(const json& message) {
  if (const std::string list = get_string_or(message, "conflist", ""); !list.empty())
    return cni_topology(std::string(kCniPrefix) + list);
  auto text = get_string(message, "topology");
  if (!text) return forward(text);
  const std::string file = get_string_or(message, "file", "topology");
  auto topology = parse_topology(*text, file);
  if (!topology) return topology;
  topology->file = file;
  const std::uint64_t containers = get_uint_or(message, "containers", 1);
  return with_containers(*topology,
                         static_cast<unsigned>(std::min<std::uint64_t>(containers, kMostContainers + 1)));
}

}  // namespace

json topology_to_json(const Topology& t) {
  json message = {{"file", t.file.string()}};
  for (const Device& d : t.devices) {
    if (d.rps_cpus != "0") message["rps_cpus"][d.at.text()] = d.rps_cpus;
  }
  if (!t.conflist.empty()) {
    message["conflist"] = t.conflist.string();
    return message;
  }
  message["topology"] = t.adopted() ? toml_text(t) : t.text;
  if (!t.containers.empty()) message["containers"] = t.containers.size();
  for (const Node& n : t.nodes) {
    if (!n.netns.empty()) message["located"][n.name] = {{"netns", n.netns}, {"inode", n.netns_inode}};
  }
  return message;
}

Result<Topology> topology_from_json(const json& message) {
  auto topology = declared_in(message);
  if (!topology) return topology;
  const json steer = message.value("rps_cpus", json::object()),
             located = message.value("located", json::object());
  if (!steer.is_object() || !located.is_object())
    return error(Exit::kUsage, "members \"rps_cpus\" and \"located\": expected objects",
                 "see doc/control-protocol.md");
  for (Device& d : topology->devices) d.rps_cpus = get_string_or(steer, d.at.text().c_str(), d.rps_cpus);
  for (Node& n : topology->nodes) {
    const json at = located.value(n.name, json::object());
    n.netns = get_string_or(at, "netns", n.netns);
    n.netns_inode = get_uint_or(at, "inode", n.netns_inode);
  }
  return topology;
}

}  // namespace hopcost::nsglue
