// Makes a topology stand. One thread per instance. Includes base/ and the floors check/,
// kernel/, kinds/ and topology/.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "nsglue/kernel/owner.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Builds into namespaces that must not exist yet, waits until every device carries packets, and reads all of
/// it back. On an error what was made so far still stands: the caller removes it. `owner`
/// goes into each namespace's mark.
[[nodiscard]] Result<void> build(const Topology& topology, const std::string& instance,
                                 const std::optional<Owner>& owner);

}  // namespace hopcost::nsglue
