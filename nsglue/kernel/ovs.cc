// Starts Open vSwitch and changes it. ovs_state.cc reads it.
#include "nsglue/kernel/ovs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/netlink/generic.h"
#include "base/text.h"
#include "nsglue/kernel/client.h"
#include "nsglue/kernel/daemons.h"
#include "nsglue/kernel/ovs_database.h"
#include "nsglue/kernel/tap.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

constexpr auto kConfigPatience = std::chrono::seconds(10);
constexpr auto kConfigPause = std::chrono::milliseconds(2);
constexpr const char* kInstall = "apt-get install openvswitch-switch; its system service is not needed";

std::string schema_file() {
  const char* chosen = std::getenv("OVS_PKGDATADIR");
  return fmt::format("{}/vswitch.ovsschema", chosen != nullptr ? chosen : "/usr/share/openvswitch");
}

bool kernel_has_datapath() {
  auto generic = netlink::Socket::open(NETLINK_GENERIC);
  return generic && netlink::find_family(*generic, "ovs_datapath").has_value();
}

std::string datapath_of(const Device& bridge, bool of_kernel) {
  const std::string& wanted = bridge.options.at("datapath");
  if (wanted != "auto") return wanted;
  return of_kernel ? "kernel" : "userspace";
}

/// Runs one of the programs. Once it has done its work it ends, or continues in the background.
Result<void> run(const std::string& program, std::vector<std::string> words, const std::string& folder) {
  const std::string path = find_daemon(program);
  if (path.empty()) return error(Exit::kMissing, fmt::format("there is no {}", program), kInstall);
  words.insert(words.begin(), path);
  const std::vector<std::string> environment = {"OVS_RUNDIR=" + folder, "OVS_LOGDIR=" + folder,
                                                "OVS_DBDIR=" + folder, "OVS_SYSCONFDIR=" + folder};
  auto answer = ask_client(words, {}, environment);
  if (!answer) return forward(answer);
  if (answer->good) return {};
  return error(Exit::kFailure, fmt::format("{}: {}", program, answer->complaint),
               "is it Open vSwitch 2.17 or newer?");
}

/// Options for a program in the background. On the console it only writes why it had to end; its log is in
/// the folder.
std::vector<std::string> in_background(const std::string& netns, const std::string& name,
                                       const std::optional<Owner>& owner) {
  const std::string folder = daemon_folder(netns);
  return {"-vconsole:emer", "--detach", fmt::format("--log-file={}/{}.log", folder, name),
          "--pidfile=" + pid_file(netns, name, owner), fmt::format("--unixctl={}/{}.ctl", folder, name)};
}

json named(const std::string& name) {
  return json::array({"named-uuid", name});
}

json where_name(const std::string& name) {
  return json::array({json::array({"name", "==", name})});
}

json insert(const char* table, json row, const std::string& as) {
  return {{"op", "insert"}, {"table", table}, {"row", std::move(row)}, {"uuid-name", as}};
}

json mutate(const char* table, json where, json mutation) {
  return {{"op", "mutate"},
          {"table", table},
          {"where", std::move(where)},
          {"mutations", json::array({std::move(mutation)})}};
}

/// Inserts an Interface and a Port with the same name, referred to as i`number` and p`number`.
void insert_port(json& operations, const std::string& name, std::size_t number, const char* type) {
  operations.push_back(insert("Interface", {{"name", name}, {"type", type}}, fmt::format("i{}", number)));
  operations.push_back(insert("Port", {{"name", name}, {"interfaces", named(fmt::format("i{}", number))}},
                              fmt::format("p{}", number)));
}

/// The column's number in the answer's only row; 0 when another process has removed the row.
std::int64_t number_in(const json& answer, const char* column) {
  const json rows = answer.value("rows", json::array());
  return rows.empty() ? 0 : rows[0].value(column, std::int64_t{0});
}

/// Does transact() and waits until ovs-vswitchd has applied the change.
Result<void> commit(JsonRpc& database, json operations) {
  operations.push_back(mutate("Open_vSwitch", json::array(), json::array({"next_cfg", "+=", 1})));
  operations.push_back(select_rows("Open_vSwitch", json::array(), {"next_cfg"}));
  auto results = transact(database, operations);
  if (!results) return forward(results);
  const std::int64_t wanted = number_in(results->back(), "next_cfg");
  const auto deadline = std::chrono::steady_clock::now() + kConfigPatience;
  const json ask = json::array({select_rows("Open_vSwitch", json::array(), {"cur_cfg"})});
  for (;;) {
    auto now = transact(database, ask);
    if (!now) return forward(now);
    if (number_in(now->back(), "cur_cfg") >= wanted) return {};
    if (std::chrono::steady_clock::now() > deadline)
      return error(Exit::kFailure, "ovs-vswitchd has not done what it was asked within 10 s");
    std::this_thread::sleep_for(kConfigPause);
  }
}

json bridge_operations(std::span<const OvsBridge> bridges) {
  json operations = json::array(), all = json::array();
  for (std::size_t i = 0; i < bridges.size(); ++i) {
    insert_port(operations, bridges[i].name, i, "internal");
    const std::string as = fmt::format("b{}", i);
    operations.push_back(insert("Bridge",
                                {{"name", bridges[i].name},
                                 {"datapath_type", bridges[i].datapath == "kernel" ? "system" : "netdev"},
                                 {"ports", named(fmt::format("p{}", i))}},
                                as));
    all.push_back(named(as));
  }
  operations.push_back(
      {{"op", "insert"}, {"table", "Open_vSwitch"}, {"row", {{"bridges", json::array({"set", all})}}}});
  return operations;
}

/// The error that Open vSwitch reports for one of the ports, if any.
Result<void> accepted(const std::string& netns, std::span<const OvsPort> ports) {
  auto bridges = read_ovs(netns);
  if (!bridges) return forward(bridges);
  for (const OvsPort& p : ports) {
    const auto& known = (*bridges)[p.bridge].ports;
    const auto at = known.find(p.device);
    if (at != known.end() && at->second.empty()) continue;
    return error(Exit::kFailure, fmt::format("Open vSwitch does not take {} as a port of {}: {}", p.device,
                                             p.bridge, at == known.end() ? "it is none" : at->second));
  }
  return {};
}

}  // namespace

std::vector<OvsBridge> ovs_bridges(const Topology& topology, const std::string& node) {
  std::vector<OvsBridge> bridges;
  bool of_kernel = false;
  for (const Device& d : topology.devices) {
    if (d.at.node != node || !is_program_switch(d.kind)) continue;
    if (bridges.empty()) of_kernel = kernel_has_datapath();
    bridges.push_back({d.at.device, datapath_of(d, of_kernel)});
  }
  return bridges;
}

std::vector<std::string> ovs_lacks(const Topology& topology) {
  const auto is_bridge = [](const Device& d) { return is_program_switch(d.kind); };
  std::vector<std::string> lacking;
  if (std::ranges::none_of(topology.devices, is_bridge)) return lacking;
  for (const char* program : {"ovsdb-tool", "ovsdb-server", "ovs-vswitchd"}) {
    if (!find_daemon(program).empty()) continue;
    lacking.emplace_back("this machine has no Open vSwitch (package openvswitch-switch)");
    break;
  }
  const bool of_kernel = kernel_has_datapath();
  const auto on = [&](const char* datapath) {
    return std::ranges::any_of(topology.devices, [&](const Device& d) {
      return is_bridge(d) && datapath_of(d, of_kernel) == datapath;
    });
  };
  if (on("kernel") && !of_kernel)
    lacking.push_back(fmt::format("this kernel has no Open vSwitch (module {})", find_kind("ovs")->module));
  if (on("userspace") && !has_taps()) lacking.emplace_back(kNoTaps);
  return lacking;
}

Result<void> start_ovs(const std::string& netns, std::span<const OvsBridge> bridges,
                       const std::optional<Owner>& owner) {
  if (auto made = make_daemon_folder(netns); !made) return made;
  const std::string folder = daemon_folder(netns), file = folder + "/conf.db";
  if (auto done = run("ovsdb-tool", {"create", file, schema_file()}, folder); !done) return done;
  auto words = in_background(netns, "ovsdb-server", owner);
  words.insert(words.end(), {fmt::format("--remote=punix:{}/db.sock", folder), file});
  if (auto done = run("ovsdb-server", words, folder); !done) return done;
  auto database = open_database(netns);
  if (!database) return forward(database);
  // Before ovs-vswitchd starts, so that it has set up the datapath by the time ports are added.
  if (auto done = transact(*database, bridge_operations(bridges)); !done) return forward(done);
  words = in_background(netns, "ovs-vswitchd", owner);
  const bool of_kernel =
      std::ranges::any_of(bridges, [](const OvsBridge& b) { return b.datapath == "kernel"; });
  if (!of_kernel) words.emplace_back("--disable-system");
  words.push_back(fmt::format("unix:{}/db.sock", folder));
  return run("ovs-vswitchd", words, folder);
}

Result<void> add_ovs_ports(const std::string& netns, std::span<const OvsPort> ports) {
  auto database = open_database(netns);
  if (!database) return forward(database);
  json operations = json::array();
  for (std::size_t i = 0; i < ports.size(); ++i) {
    insert_port(operations, ports[i].device, i, "");
    operations.push_back(mutate(
        "Bridge", where_name(ports[i].bridge),
        json::array({"ports", "insert", json::array({"set", json::array({named(fmt::format("p{}", i))})})})));
  }
  if (auto done = commit(*database, std::move(operations)); !done) return done;
  return accepted(netns, ports);
}

Result<void> remove_ovs_ports(const std::string& netns, std::span<const OvsPort> ports) {
  auto database = open_database(netns);
  if (!database) return {};  // without a database there are no ports
  json operations = json::array();
  for (const OvsPort& p : ports) {
    auto found = transact(*database, json::array({select_rows("Port", where_name(p.device), {"_uuid"})}));
    if (!found) return forward(found);
    for (const json& row : (*found)[0]["rows"])
      operations.push_back(
          mutate("Bridge", where_name(p.bridge),
                 json::array({"ports", "delete", json::array({"set", json::array({row["_uuid"]})})})));
  }
  if (operations.empty()) return {};
  if (JsonRpc::connect(daemon_folder(netns) + "/ovs-vswitchd.ctl"))
    return commit(*database, std::move(operations));
  auto done = transact(*database, operations);  // ovs-vswitchd is gone, so there is nothing to wait for
  return done ? Result<void>() : forward(done);
}

Result<void> add_ovs_entries(const std::string& netns, std::span<const OvsEntry> entries) {
  if (entries.empty()) return {};
  auto control = JsonRpc::connect(daemon_folder(netns) + "/ovs-vswitchd.ctl");
  if (!control) return forward(control);
  for (const OvsEntry& e : entries) {
    auto done = control->call("fdb/add", json::array({e.bridge, e.device, "0", e.mac}));
    if (!done) return forward(done);
  }
  return {};
}

}  // namespace hopcost::nsglue
