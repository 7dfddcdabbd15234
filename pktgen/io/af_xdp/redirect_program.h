// The XDP program that hands the frames of queues to AF_XDP sockets. Set-up only.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::pktgen {

/// One per device, kept alive by the device's sockets. The program is detached when this object or the
/// process ends; that needs no namespace and no privilege.
class RedirectProgram {
 public:
  /// What is asked of the program.
  struct Wishes {
    bool skb = false;     ///< Use the generic hook instead of the driver's.
    bool stamps = false;  ///< The driver's receive stamps; done without at the generic hook, and where driver
                          ///< or kernel (before 6.3) have none.
    bool multi_buffer = false;  ///< Frames longer than the driver's buffers.
  };
  /// Attaches to a device of the calling thread's namespace; all frames still go to the stack. Errors:
  /// kPrivilege; kMissing when the driver has no XDP; kFailure: EBUSY when another program is attached,
  /// ERANGE or EINVAL when the driver can't give programs frames as long as the MTU.
  [[nodiscard]] static Result<RedirectProgram> attach(unsigned ifindex, const Wishes& wishes);
  /// Whether the 8 bytes before each received frame hold the driver's stamp (ns of the hardware's clock; 0:
  /// none).
  [[nodiscard]] bool stamps() const noexcept { return stamps_; }
  /// Sends frames of `queue` to the socket, until that is closed. Errors: kUsage for a queue above 1023.
  [[nodiscard]] Result<void> add(std::uint32_t queue, int socket) const;

 private:
  RedirectProgram(Fd map, Fd link, bool stamps)
      : map_(std::move(map)), link_(std::move(link)), stamps_(stamps) {}
  Fd map_, link_;
  bool stamps_;
};

}  // namespace hopcost::pktgen
