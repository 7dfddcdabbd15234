#include "pktgen/io/any_port.h"

#include <fmt/format.h>

#include "base/default_route.h"
#include "base/log.h"
#include "base/netns.h"
#include "pktgen/io/devargs.h"
#include "pktgen/io/device.h"
#include "pktgen/io/veth_peer.h"

namespace hopcost::pktgen {
namespace {

template <class B>
bool try_open(const PortOptions& o, Result<std::vector<AnyPort>>& out) {
  if (o.spec.backend != B::kName) return false;
  auto opened = B::open(o);
  if (!opened) {
    out = forward(opened);
    return true;
  }
  std::vector<AnyPort> ports;
  for (auto& queue : *opened) ports.emplace_back(std::in_place_type<typename B::Open>, std::move(queue));
  out = std::move(ports);
  return true;
}

template <class... B>
Result<std::vector<AnyPort>> open_named(const PortOptions& o, BackendList<B...>) {
  Result<std::vector<AnyPort>> out = error(
      Exit::kUsage, fmt::format("there is no backend '{}'", o.spec.backend), "see pktgen --list-backends");
  if ((try_open<B>(o, out) || ...)) return out;
  for (const auto& entry : list_backends()) {
    if (entry.name != o.spec.backend) continue;
    return error(Exit::kMissing, fmt::format("backend {} is not in this build", entry.name),
                 entry.why_missing);
  }
  return out;
}

template <class... B>
void append_built(std::vector<BackendEntry>& list, BackendList<B...>) {
  (list.push_back({B::kName, ""}), ...);
}

/// Warns if a veth's other end has a smaller MTU: it drops longer frames.
void warn_of_small_peers(const PortSpec& spec) {
  for (const auto& name : kernel_devices(spec)) {
    const auto device = read_device(name);
    const auto peer = device ? veth_peer(device->index) : std::nullopt;
    if (peer && peer->mtu < device->mtu)
      log_warn("{} has an MTU of {}, and its other end, {}, one of {}: longer frames are dropped there", name,
               device->mtu, peer->where(), peer->mtu);
  }
}

}  // namespace

Result<void> check_default_route(const PortOptions& o) {
  const auto devices = kernel_devices(o.spec);
  if (o.allow_default_route || devices.empty()) return {};
  auto links = read_routed_links();
  if (!links) return forward(links);
  for (const auto& device : devices) {
    const auto above = default_route_above(device, *links);
    if (!above || device == o.i_mean_it) continue;
    const std::string through = *above == device ? "" : fmt::format(", through {}", *above);
    const char* danger = o.send ? "packets sent there may cut this machine off"
                                : "what is taken in there may be this machine's own connection";
    return error(Exit::kRefused, fmt::format("{} carries the default route{}: {}", device, through, danger),
                 fmt::format("to use it all the same: --i-mean-it {}", device));
  }
  return {};
}

Result<std::vector<AnyPort>> open_queues(const PortOptions& o) {
  auto scope = NetnsScope::enter(o.spec.netns);
  if (!scope) return forward(scope);
  if (auto ok = check_default_route(o); !ok) return forward(ok);
  if (o.send) warn_of_small_peers(o.spec);
  return open_named(o, Backends{});
}

Result<AnyPort> open_port(const PortOptions& o) {
  if (o.spec.queues.size() != 1)
    return error(Exit::kUsage, fmt::format("{} has several queues", to_string(o.spec)), "name one: queue=0");
  auto queues = open_queues(o);
  if (!queues) return forward(queues);
  AnyPort only = std::move(queues->front());
  return only;
}

std::vector<BackendEntry> list_backends() {
  std::vector<BackendEntry> list;
  append_built(list, Backends{});
  for (const auto& [name, why] : kMissingBackends)
    if (name != nullptr) list.push_back({name, why});
  return list;
}

}  // namespace hopcost::pktgen
