// A tap's tc program where the kernel has no tcx (before Linux 6.6): a filter of the clsact queueing
// discipline. The kernel does not take it off when our process dies, so a keeper process does.
// Set-up only.
#pragma once

#include <sys/types.h>

#include <memory>
#include <utility>

#include "analyzer/tap/tap.h"
#include "base/fd.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// An attached filter, before all others of its device and direction. Going away takes it off, and the clsact
/// of its device when this process made that and nobody's filter is left there. So does the death of the
/// process, by kill -9 too.
class ClsactFilter {
 public:
  /// In the caller's current network namespace. Errors: kMissing for a kernel without clsact, kPrivilege
  /// (CAP_NET_ADMIN).
  [[nodiscard]] static Result<ClsactFilter> attach(unsigned ifindex, Direction direction, int program);

  ClsactFilter() = default;  ///< None.
  ClsactFilter(ClsactFilter&& o) noexcept
      : alive_(std::move(o.alive_)), keeper_(std::exchange(o.keeper_, -1)), qdisc_(std::move(o.qdisc_)) {}
  ClsactFilter& operator=(ClsactFilter&& o) noexcept;
  ~ClsactFilter() { take_off(); }

 private:
  ClsactFilter(Fd alive, pid_t keeper, std::shared_ptr<const bool> qdisc)
      : alive_(std::move(alive)), keeper_(keeper), qdisc_(std::move(qdisc)) {}
  void take_off() noexcept;

  Fd alive_;  // the keeper waits for its closing
  pid_t keeper_ = -1;
  std::shared_ptr<const bool> qdisc_;  // whether the process made it; shared by the filters of a device
};

}  // namespace hopcost::analyzer
