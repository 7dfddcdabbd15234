// Makes a topology stand. One thread per build. Includes base/ and the floors check/,
// kernel/, kinds/ and topology/.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/kernel/owner.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// How long one step of a build took. In order: "namespaces", "links", "settings" (files and ioctls), "up"
/// (until all carry), "addresses", "routes", "neighbours" (and forwarding entries, handshakes), "rules"
/// (packet filter, BPF programs), "read back".
struct StepTime {
  std::string step;
  std::chrono::nanoseconds took;
};
/// In the order of the steps.
using StepTimes = std::vector<StepTime>;

/// Builds into namespaces that must not exist yet, waits until every device carries packets, and reads all of
/// it back. After an error what was made so far still stands: the caller removes it. `owner`
/// goes into each namespace's mark.
[[nodiscard]] Result<StepTimes> build(const Topology& topology, const std::string& instance,
                                      const std::optional<Owner>& owner);

/// The same of a part of `whole`, shared_part() or container_part(), beside what stands of it already; not
/// read back. Parts of one instance may be built in several threads at once, the shared one before all.
[[nodiscard]] Result<StepTimes> build_part(const Topology& whole, const Topology& part,
                                           const std::string& instance, const std::optional<Owner>& owner);

}  // namespace hopcost::nsglue
