#include "nsglue/check/lacks.h"

#include <fmt/format.h>

#include <set>

#include "nsglue/kernel/links.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

Result<void> try_kinds(const Topology& topology, std::vector<std::string>& lacking) {
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  std::set<std::string> tried;
  for (const Device& d : topology.devices) {
    if (!tried.insert(d.kind).second) continue;
    const LinkKind& kind = *find_kind(d.kind);
    auto there = has_kind(*rtnetlink, kind);
    if (!there) return forward(there);
    if (!*there) lacking.push_back(fmt::format("this kernel has no {} (module {})", kind.name, kind.module));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> lacks(const Topology& topology) {
  std::vector<std::string> lacking;
  auto tried = in_scratch_namespace([&] { return try_kinds(topology, lacking); });
  if (!tried) return forward(tried);
  return lacking;
}

}  // namespace hopcost::nsglue
