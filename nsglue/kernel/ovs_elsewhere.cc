// Open vSwitch that others run. Its userspace datapath switches without telling the kernel, so its database
// is asked which devices are ports.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nsglue/kernel/files.h"
#include "nsglue/kernel/json_rpc.h"
#include "nsglue/kernel/links.h"
#include "nsglue/kernel/ovs.h"
#include "nsglue/kernel/ovs_database.h"

namespace hopcost::nsglue {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRemote = "unix:/";
/// ovs-vswitchd's default (ovs-vswitchd(8)). It is not /var/run, because that is an absolute link: from the
/// process's root it would lead to ours.
constexpr const char* kUsualSocket = "/run/openvswitch/db.sock";

/// The database's socket on a command line of ovs-vswitchd; it must be an absolute path.
std::string socket_on(const std::string& command_line) {
  for (std::size_t at = 0; at < command_line.size();
       at += std::string(command_line.c_str() + at).size() + 1) {
    const std::string_view word(command_line.c_str() + at);
    if (word.starts_with(kRemote)) return std::string(word.substr(kRemote.size() - 1));
  }
  return kUsualSocket;
}

/// Paths of the databases whose ovs-vswitchd runs in a network namespace, as seen from here.
std::set<std::string> databases_in(std::uint64_t netns_inode) {
  std::set<std::string> sockets;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    const std::string process = entry.path();
    using Stat = struct stat;
    Stat netns{}, own{};
    const auto name = read_small(process + "/comm");
    if (!name || *name != "ovs-vswitchd" || stat((process + "/ns/net").c_str(), &netns) != 0) continue;
    if (netns.st_ino != netns_inode || stat(process.c_str(), &own) != 0) continue;
    if (own.st_uid != 0 && own.st_uid != geteuid()) continue;  // any user may give a program this name
    const auto command_line = read_small(process + "/cmdline");
    if (command_line) sockets.insert(process + "/root" + socket_on(*command_line));
  }
  return sockets;
}

void join(const std::string& name, const OvsBridgeState& bridge, std::map<std::string, LinkState>& links) {
  const auto own = links.find(name);
  if (own == links.end() || bridge.datapath != "userspace") return;
  own->second.kind = kOvsLink;
  for (const auto& [device, complaint] : bridge.ports) {
    const auto port = links.find(device);
    if (port != links.end() && complaint.empty()) port->second.master_index = own->second.index;
  }
}

}  // namespace

void join_userspace_switches(std::uint64_t netns_inode, std::map<std::string, LinkState>& links) {
  const auto is_tun = [](const auto& link) { return link.second.kind == "tun"; };
  if (std::ranges::none_of(links, is_tun)) return;  // a userspace bridge always has a tun device
  for (const std::string& socket : databases_in(netns_inode)) {
    auto database = JsonRpc::connect(socket);
    if (!database) continue;  // it has gone meanwhile, or we may not ask it
    const auto bridges = read_ovs_bridges(*database);
    if (!bridges) continue;
    for (const auto& [name, bridge] : *bridges) join(name, bridge.state, links);
  }
}

}  // namespace hopcost::nsglue
