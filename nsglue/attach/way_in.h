// From a container's device outwards: what it hangs on, and the device that packets come in by where its
// engine runs. One thread. Includes base/ and the floors kernel/ and topology/.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/attach/attach.h"
#include "nsglue/attach/survey.h"

namespace hopcost::nsglue {

/// How packets come to a container, from outside to inside.
struct WayIn {
  Spot sender;              ///< the wire's other end; none: outside this machine.
  Spot wire;                ///< where they come in.
  Spot bridge;              ///< none: there is none.
  std::vector<Spot> stack;  ///< between: a veth's outer end; what a macvlan stands on; outermost first.
  Spot end;                 ///< the container's device; none: the container has its host's.
  bool routed = false;      ///< from `wire` to the next by routing.
};

/// `others`: inodes of namespaces that are no way in. Errors: those of attach().
[[nodiscard]] Result<WayIn> find_way_in(Survey& survey, const Located& container,
                                        const std::set<std::uint64_t>& others, const AttachOptions& options);

}  // namespace hopcost::nsglue
