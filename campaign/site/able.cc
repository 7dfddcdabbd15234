#include "campaign/site/able.h"

#include <linux/capability.h>

#include "base/privilege.h"
#include "campaign/site/rootless.h"

namespace hopcost::campaign {

Result<void> become_able(bool rootless) {
  if (rootless) return enter_user_namespace();
  for (const int needed : {CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW}) {
    if (!have_capability(needed)) {
      return error(Exit::kPrivilege,
                   "building network modes needs root (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW)",
                   "run with sudo, or without root at all: hopcost run --rootless --backend af_packet");
    }
  }
  return {};
}

}  // namespace hopcost::campaign
