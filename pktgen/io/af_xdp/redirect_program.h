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
  /// What is asked of the program.
  struct Wishes {
    bool skb = false;     ///< The generic hook instead of the driver's.
    bool stamps = false;  ///< The driver's receive stamps; done without at the generic hook, and where driver
                          ///< or kernel (before 6.3) have none.
    bool multi_buffer = false;  ///< Frames longer than the driver's buffers.
  };
  /// Attaches to a device of the calling thread's namespace; all frames go on to the stack. Errors:
  /// kPrivilege; kMissing when the driver has no XDP; kFailure: EBUSY when another program is there, ERANGE
  /// or EINVAL when the driver has no frames as long as the MTU for programs.
  [[nodiscard]] static Result<RedirectProgram> attach(unsigned ifindex, const Wishes& wishes);
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
