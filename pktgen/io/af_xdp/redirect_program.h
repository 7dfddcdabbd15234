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
  /// the generic hook instead of the driver's. With `stamps` the driver's receive stamps are wanted, which is
  /// done without at the generic hook and where driver or kernel (before 6.3) have none. Errors: kPrivilege;
  /// kMissing when the driver has no XDP; kFailure (EBUSY) when another program is there.
  [[nodiscard]] static Result<RedirectProgram> attach(unsigned ifindex, bool skb, bool stamps);
  /// Whether each frame has the driver's stamp (its hardware's clock, ns; 0: none) in the 8 bytes before it,
  /// where there is room for metadata.
  [[nodiscard]] bool stamps() const noexcept { return stamps_; }
  /// Frames of `queue` go to the socket, until that is closed. Errors: kUsage for a queue above 1023.
  [[nodiscard]] Result<void> add(std::uint32_t queue, int socket) const;

 private:
  RedirectProgram(Fd map, Fd link, bool stamps)
      : map_(std::move(map)), link_(std::move(link)), stamps_(stamps) {}
  Fd map_, link_;
  bool stamps_;
};

}  // namespace hopcost::pktgen
