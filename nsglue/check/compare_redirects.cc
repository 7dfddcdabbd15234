// BPF programs that redirect: those that are declared are there. Others are not looked for.
#include <fmt/format.h>

#include "nsglue/check/compare.h"
#include "nsglue/kernel/redirect.h"

namespace hopcost::nsglue {
namespace {

/// The program declared at a hook of a device; null when there is none.
const Redirect* declared(const Topology& topology, const DeviceRef& at, const char* hook) {
  for (const Redirect& r : topology.redirects) {
    if (r.at == at && r.hook == hook) return &r;
  }
  return nullptr;
}

}  // namespace

Result<void> compare_redirects(const Topology& topology, Nodes& nodes, const Links& links,
                               std::vector<Drift>& drifts) {
  for (const Device& d : topology.devices) {
    const auto ns = nodes.find(d.at.node);
    const LinkState* link = find_link(links, d.at);
    if (ns == nodes.end() || link == nullptr) continue;
    const std::string where = fmt::format("{}/{}", ns->second.name, d.at.device);
    const bool xdp = declared(topology, d.at, "xdp") != nullptr;
    if (xdp && !link->xdp) drifts.push_back({where + ": XDP program", "redirect", "nothing"});
    const Redirect* tc = declared(topology, d.at, "tc");
    if (tc == nullptr) continue;
    auto found = read_redirect(ns->second.rtnetlink, link->index);
    if (!found) return forward(found);
    if (found->find(redirect_name(*tc)) == std::string::npos)
      drifts.push_back({where + ": tc program", redirect_name(*tc), found->empty() ? "nothing" : *found});
  }
  return {};
}

}  // namespace hopcost::nsglue
