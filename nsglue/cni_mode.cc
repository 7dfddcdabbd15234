#include "nsglue/cni_mode.h"

#include <filesystem>

#include "base/netns.h"
#include "nsglue/attach/attach.h"
#include "nsglue/cni/join.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

constexpr const char* kEngine = "dut";
constexpr const char* kContainer = "container";

/// What stands before the plugins run: the namespaces and the wire. The engine's node forwards, as container
/// runtimes set it; the container has no device yet.
constexpr const char* kBefore = R"(
name = "cni"
group = "other"
[path]
sender = "tester/t0"
target = "dut/d0"
[[node]]
name = "tester"
[[node]]
name = "dut"
sysctls = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]
[[node]]
name = "container"
[[device]]
at = "tester/t0"
kind = "veth"
peer = "dut/d0"
mac = "02:68:63:00:00:01"
ipv4 = ["198.18.0.1/24"]
[[device]]
at = "dut/d0"
kind = "veth"
peer = "tester/t0"
mac = "02:68:63:00:00:02"
ipv4 = ["198.18.0.2/24"]
[[neighbour]]
on = "tester/t0"
owner = "dut/d0"
ips = ["198.18.0.2"]
[[neighbour]]
on = "dut/d0"
owner = "tester/t0"
ips = ["198.18.0.1"]
[[tap]]
name = "wire"
at = "dut/d0"
direction = "in"
[[sink]]
node = "dut"
port = 9
)";

}  // namespace

Result<Topology> cni_topology(const std::string& name) {
  const std::filesystem::path file = name.substr(kCniPrefix.size());
  auto list = read_conflist(file);
  if (!list) return forward(list);
  auto topology = parse_topology(kBefore, "cni");
  if (!topology) return topology;
  topology->name = topology_name(list->name);
  topology->summary = "joined by CNI's plugins";
  topology->file = topology->conflist = file;
  return topology;
}

std::vector<std::string> lacking_plugins(const Topology& topology) {
  std::vector<std::string> lacking;
  if (topology.conflist.empty()) return lacking;
  auto list = read_conflist(topology.conflist);
  if (!list) return {list.error().what};
  for (const auto& plugin : list->plugins) {
    if (auto found = find_plugin(plugin["type"]); !found) lacking.push_back(found.error().what);
  }
  return lacking;
}

Result<void> join_container(const Topology& topology, const std::string& instance) {
  auto list = read_conflist(topology.conflist);
  if (!list) return forward(list);
  return join_network(*list,
                      {.engine = namespace_name(instance, kEngine),
                       .container = std::string(kNetnsDir) + "/" + namespace_name(instance, kContainer),
                       .id = instance});
}

Result<Topology> as_it_stands(const Topology& topology, const std::string& instance) {
  if (topology.conflist.empty()) return topology;
  auto found = attach({"netns:" + namespace_name(instance, kContainer)}, {.wire = "d0", .from = {}});
  if (!found) return forward(found);
  Topology joined = std::move(found->front().topology);
  joined.name = topology.name;
  joined.file = topology.file;
  return joined;
}

}  // namespace hopcost::nsglue
