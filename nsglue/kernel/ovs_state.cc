// Reads Open vSwitch's bridges back. The database has bridges and ports; ovs-vswitchd knows the forwarding
// entries.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nsglue/kernel/daemons.h"
#include "nsglue/kernel/json_rpc.h"
#include "nsglue/kernel/ovs.h"
#include "nsglue/kernel/ovs_database.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

/// Rows of one table. The callers' access to them throws nlohmann's exceptions if they are not as in RFC
/// 7047.
Result<json> rows_of(JsonRpc& database, const char* table, std::vector<std::string> columns) {
  auto answer = transact(database, json::array({select_rows(table, json::array(), std::move(columns))}));
  if (!answer) return answer;
  return (*answer)[0].value("rows", json::array());
}

/// A column's values: ["set", [...]] for several, otherwise the value alone (RFC 7047, section 5.1).
std::vector<json> values_of(const json& column) {
  const bool set = column.is_array() && column.size() == 2 && column[0] == "set";
  return set ? column[1].get<std::vector<json>>() : std::vector<json>{column};
}

/// What the database has about a port's device.
struct Interface {
  std::string name, complaint;
  int number = -1;  ///< OpenFlow's port number.
};

Result<std::map<json, Interface>> read_interfaces(JsonRpc& database) {
  auto rows = rows_of(database, "Interface", {"_uuid", "name", "error", "ofport"});
  if (!rows) return forward(rows);
  std::map<json, Interface> all;
  for (const json& row : *rows) {
    Interface one{row.at("name"), {}, -1};
    for (const json& text : values_of(row.at("error"))) one.complaint = text;
    for (const json& number : values_of(row.at("ofport"))) one.number = number;
    all[row.at("_uuid")] = std::move(one);
  }
  return all;
}

/// The interfaces of each port. It is one, because we make no bonds.
Result<std::map<json, std::vector<Interface>>> read_ports(JsonRpc& database) {
  auto interfaces = read_interfaces(database);
  if (!interfaces) return forward(interfaces);
  auto rows = rows_of(database, "Port", {"_uuid", "interfaces"});
  if (!rows) return forward(rows);
  std::map<json, std::vector<Interface>> all;
  for (const json& row : *rows) {
    for (const json& uuid : values_of(row.at("interfaces")))
      all[row.at("_uuid")].push_back((*interfaces)[uuid]);
  }
  return all;
}

Result<std::map<std::string, OvsBridgeRow>> bridges_of(JsonRpc& database) {
  auto ports = read_ports(database);
  if (!ports) return forward(ports);
  auto rows = rows_of(database, "Bridge", {"name", "datapath_type", "ports"});
  if (!rows) return forward(rows);
  std::map<std::string, OvsBridgeRow> bridges;
  for (const json& row : *rows) {
    const std::string name = row.at("name");
    OvsBridgeRow& bridge = bridges[name];
    bridge.state.datapath = row.at("datapath_type") == "netdev" ? "userspace" : "kernel";
    for (const json& uuid : values_of(row.at("ports"))) {
      for (const Interface& i : (*ports)[uuid]) {
        if (i.name != name) bridge.state.ports[i.name] = i.complaint;  // not the bridge's own device
        bridge.by_number[i.number] = i.name;
      }
    }
  }
  return bridges;
}

}  // namespace

std::vector<std::pair<int, std::string>> static_entries(const std::string& fdb_show) {
  std::vector<std::pair<int, std::string>> entries;
  std::istringstream lines(fdb_show);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    int port = 0, vlan = 0;
    std::string mac, age;
    if (words >> port >> vlan >> mac >> age && age == "static") entries.emplace_back(port, mac);
  }
  return entries;
}

Result<std::map<std::string, OvsBridgeRow>> read_ovs_bridges(JsonRpc& database) {
  try {
    return bridges_of(database);
  } catch (const json::exception&) {
    return no_rfc_7047();
  }
}

Result<std::map<std::string, OvsBridgeState>> read_ovs(const std::string& netns) {
  auto database = open_database(netns);
  if (!database) return error(Exit::kFailure, "ovsdb-server does not run");
  auto control = JsonRpc::connect(daemon_folder(netns) + "/ovs-vswitchd.ctl");
  if (!control) return error(Exit::kFailure, "ovs-vswitchd does not run");
  auto rows = read_ovs_bridges(*database);
  if (!rows) return forward(rows);
  std::map<std::string, OvsBridgeState> bridges;
  for (auto& [name, row] : *rows) {
    auto shown = control->call("fdb/show", json::array({name}));
    if (!shown) return forward(shown);
    for (const auto& [number, mac] : static_entries(shown->is_string() ? shown->get<std::string>() : ""))
      row.state.entries.emplace(row.by_number[number], mac);
    bridges.emplace(name, std::move(row.state));
  }
  return bridges;
}

}  // namespace hopcost::nsglue
