// A place for the program in the kernel's XDP dispatcher (kernel/bpf/dispatcher.c). BPF_PROG_RUN puts a
// program there for each call of more than one frame, takes it off again, and waits for RCU both times: 20 ms
// a call on a busy machine. A program that is there already costs nothing, and one that is attached to a
// device is. So ours is, to the loopback device of a namespace nobody else is in, where no frame ever comes
// by. Set-up only.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::pktgen {

class DispatcherPlace {
 public:
  /// Makes the namespace. Errors: kPrivilege without CAP_SYS_ADMIN; those of bpf(2).
  [[nodiscard]] static Result<DispatcherPlace> take();
  /// The program is the one there from now on. Waits for RCU. Works from any namespace.
  [[nodiscard]] Result<void> give_to(const Fd& program) const;

 private:
  DispatcherPlace(Fd netns, Fd link) : netns_(std::move(netns)), link_(std::move(link)) {}
  Fd netns_, link_;  // both go with this, and the namespace with them
};

}  // namespace hopcost::pktgen
