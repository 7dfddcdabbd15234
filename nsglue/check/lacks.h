// What a topology needs and this kernel lacks. Any thread; the calling thread is back in its own namespace
// when a call returns. Includes base/ and the floors kernel/, kinds/ and topology/.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// "this kernel has no ipvlan (module ipvlan)", one for each missing feature; empty: none is missing. Found
/// by trying in a network namespace that is gone afterwards. Errors: kPrivilege.
[[nodiscard]] Result<std::vector<std::string>> lacks(const Topology& topology);

}  // namespace hopcost::nsglue
