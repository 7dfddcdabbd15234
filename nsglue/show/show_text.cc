#include "nsglue/show/show_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/columns.h"
#include "nsglue/check/quiet.h"
#include "nsglue/kernel/nft.h"
#include "nsglue/show/path.h"
#include "nsglue/topology/containers.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

std::string words(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "on" : "off";
  return value.is_null() ? "-" : value.dump();
}

/// "ovs (userspace)", "virtio (tcg)": what a packet costs depends on who does the work.
std::string kind_words(const json& d) {
  for (const char* by : {"datapath", "accelerator"}) {
    if (d.at("options").contains(by))
      return fmt::format("{} ({})", words(d.at("kind")), words(d.at("options").at(by)));
  }
  return words(d.at("kind"));
}

Row device_row(const std::string& where, const json& d) {
  return {where,
          kind_words(d),
          words(d.at("state")),
          words(d.at("mtu")),
          words(d.at("qdisc")),
          d.at("xdp") ? "yes" : "-"};
}

/// The file's devices: first those on the path, in its order, then the others.
std::vector<DeviceRef> in_order(const Topology& topology) {
  std::vector<DeviceRef> order;
  const auto add = [&](const DeviceRef& at) {
    if (std::ranges::find(order, at) == order.end()) order.push_back(at);
  };
  for (const Hop& hop : path_of(container_view(topology, 0))) add(hop.at);
  for (const Device& d : topology.devices) add(d.at);
  return order;
}

/// The packet filter's rules for published ports, as nft(8) prints them.
std::vector<Row> rule_rows(const Topology& topology) {
  std::vector<Row> rows;
  for (const Node& node : topology.nodes) {
    for (const NftTable& t : tables_of(topology, node.name)) {
      for (const NftRule& rule : t.rules)
        rows.push_back({node.name, fmt::format("{} {}", t.family_name(), rule.chain()), rule.text()});
    }
  }
  return rows;
}

/// The file's devices, then other devices that are up.
std::vector<Row> device_rows(const Topology& topology, const json& nodes) {
  std::vector<Row> rows = {{"device", "kind", "state", "mtu", "qdisc", "xdp"}};
  for (const DeviceRef& at : in_order(topology)) {
    const json& devices = nodes.at(at.node).at("devices");
    const bool there = devices.contains(at.device);
    rows.push_back(there ? device_row(at.text(), devices.at(at.device))
                         : Row{at.text(), topology.find(at)->kind, "gone"});
  }
  for (const auto& [node, values] : nodes.items()) {
    for (const auto& [device, d] : values.at("devices").items()) {
      const DeviceRef at{node, device};
      if (topology.find(at) == nullptr && d.at("state") != "down") rows.push_back(device_row(at.text(), d));
    }
  }
  return rows;
}

/// Names a value in nested objects by its path, such as "offloads.gro".
void flatten(const std::string& where, const std::string& name, const json& value, std::vector<Row>& rows) {
  if (!value.is_object()) return rows.push_back({where, name, words(value)});
  for (const auto& [key, inner] : value.items())
    flatten(where, name.empty() ? key : name + "." + key, inner, rows);
}

}  // namespace

std::string show_text(const Topology& topology, const json& settings) {
  std::string text = in_columns(device_rows(topology, settings.at("nodes")), "  ");
  std::vector<Row> rows;
  for (const Unquiet& u : unquiet(topology, settings)) {
    rows.push_back({u.where, u.setting, u.value, fmt::format("(quiet: {})", u.quiet)});
  }
  text += rows.empty() ? "\n  all else is quiet\n" : "\n  not quiet:\n" + in_columns(rows, "    ");
  const std::vector<Row> rules = rule_rows(topology);
  return rules.empty() ? text : text + "\n  packet filter:\n" + in_columns(rules, "    ");
}

std::string all_settings_text(const json& settings) {
  std::vector<Row> rows;
  flatten("host", "", settings.at("host"), rows);
  for (const auto& [node, values] : settings.at("nodes").items()) {
    flatten(node, "netns", values.at("netns"), rows);
    flatten(node, "conntrack_present", values.at("conntrack_present"), rows);
    flatten(node, "dropping_chains", values.at("dropping_chains"), rows);
    flatten(node, "", values.at("sysctls"), rows);
    for (const auto& [device, d] : values.at("devices").items()) flatten(node + "/" + device, "", d, rows);
  }
  return in_columns(rows, "    ");
}

}  // namespace hopcost::nsglue
