#include "pktgen/io/any_port.h"

#include <fmt/format.h>

#include "base/netns.h"
#include "pktgen/io/default_route.h"
#include "pktgen/io/devargs.h"

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

}  // namespace

Result<void> check_default_route(const PortOptions& o) {
  for (const auto& device : kernel_devices(o.spec)) {
    if (o.allow_default_route || device == o.i_mean_it || !has_default_route(device)) continue;
    return error(
        Exit::kRefused,
        fmt::format("{} carries the default route: packets sent there may cut this machine off", device),
        fmt::format("to send there all the same: --i-mean-it {}", device));
  }
  return {};
}

Result<std::vector<AnyPort>> open_queues(const PortOptions& o) {
  auto scope = NetnsScope::enter(o.spec.netns);
  if (!scope) return forward(scope);
  if (auto ok = check_default_route(o); !ok) return forward(ok);
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
