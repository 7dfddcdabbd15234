// Virtual machines: QEMU with Debian's kernel and one program of ours in the guest (guest_end/), which has
// addresses and answers at a UDP port. A machine is a node of a topology: QEMU is known by that namespace's
// folder (daemons.h), and nothing else is in the namespace. One thread per namespace. Includes base/ and
// topology/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/kernel/owner.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// What is lacking here for the topology's machines: QEMU, the guest's kernel, taps. Empty without machines.
[[nodiscard]] std::vector<std::string> machine_lacks(const Topology& topology);

/// Starts the machine whose NIC is `nic` and whose namespace is called `netns`; its tap is in the calling
/// thread's namespace. By KVM where that can be had, else by QEMU's software emulation. It boots when this
/// returns. Errors: kMissing, kFailure with QEMU's own words.
[[nodiscard]] Result<void> start_machine(const Topology& topology, const Device& nic,
                                         const std::string& netns, const std::optional<Owner>& owner);

/// Waits until the guest answers. Errors: kFailure with what it said last, also when it takes over a minute.
[[nodiscard]] Result<void> wait_for_machine(const std::string& netns);

/// What the machine's CPU is: "kvm", the machine's own; "tcg", QEMU's software emulation. Empty: none runs.
[[nodiscard]] std::string machine_accelerator(const std::string& netns);

}  // namespace hopcost::nsglue
