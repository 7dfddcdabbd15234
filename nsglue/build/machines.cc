#include "nsglue/build/machines.h"

#include "base/netns.h"
#include "nsglue/kernel/machine.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {

Result<void> start_machines(const Topology& whole, const Topology& part, Nodes& nodes,
                            const std::optional<Owner>& owner) {
  for (const Device& d : part.devices) {
    if (!is_in_machine(d.kind)) continue;
    auto inside = NetnsScope::enter(nodes.at(d.lower->node).name);  // where the machine's tap device is
    if (!inside) return forward(inside);
    if (auto done = start_machine(whole, d, nodes.at(d.at.node).name, owner); !done) return done;
  }
  return {};
}

Result<void> wait_for_machines(const Topology& part, Nodes& nodes) {
  for (const Device& d : part.devices) {
    if (!is_in_machine(d.kind)) continue;
    if (auto done = wait_for_machine(nodes.at(d.at.node).name); !done) return done;
  }
  return {};
}

}  // namespace hopcost::nsglue
