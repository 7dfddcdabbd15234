// Keeps the program in the kernel's XDP dispatcher (kernel/bpf/dispatcher.c). BPF_PROG_RUN puts a program
// there for each call of more than one frame and removes it again, and waits for RCU both times: 20 ms a call
// on a busy machine. A program that is attached to a device is in the dispatcher already and costs nothing.
// So ours is attached to the loopback device of an otherwise unused namespace, where no frame ever passes.
// Set-up only.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::pktgen {

class DispatcherPlace {
 public:
  /// Makes the namespace. Errors: kPrivilege without CAP_SYS_ADMIN; those of bpf(2).
  [[nodiscard]] static Result<DispatcherPlace> take();
  /// Puts this program in the place of the one before. Waits for RCU. Works from any namespace.
  [[nodiscard]] Result<void> give_to(const Fd& program) const;

 private:
  DispatcherPlace(Fd netns, Fd link) : netns_(std::move(netns)), link_(std::move(link)) {}
  Fd netns_, link_;  // closing them also removes the namespace
};

}  // namespace hopcost::pktgen
