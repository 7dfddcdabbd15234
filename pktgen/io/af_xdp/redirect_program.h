// The XDP program that hands queues' frames to AF_XDP sockets. Set-up only.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::pktgen {

/// One a device; its sockets keep it. Its end, or that of the process, detaches the program; no namespace or
/// privilege is needed for that.
class RedirectProgram {
 public:
  /// Attaches to a device of the calling thread's namespace; all frames go on to the stack. `skb` asks for
  /// the generic hook instead of the driver's. Errors: kPrivilege; kMissing when the driver has no XDP;
  /// kFailure (EBUSY) when another program is there.
  [[nodiscard]] static Result<RedirectProgram> attach(unsigned ifindex, bool skb);
  /// Frames of `queue` go to the socket, until that is closed. Errors: kUsage for a queue above 63.
  [[nodiscard]] Result<void> add(std::uint32_t queue, int socket) const;

 private:
  RedirectProgram(Fd map, Fd link) : map_(std::move(map)), link_(std::move(link)) {}
  Fd map_, link_;
};

}  // namespace hopcost::pktgen
