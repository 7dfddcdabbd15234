// The layout of a kernel that has no BTF, found by trial. Set-up only.
#pragma once

#include "analyzer/tap/bpf/kernel_layout.h"

namespace hopcost::analyzer {

/// Finds where a packet and a device keep their members by reading the verifier's translation of a program
/// that asks for them. Finds where a namespace keeps its inode number by searching memory for that number,
/// from a packet's device on, in namespaces that the trial makes itself. Takes some ten ms. Errors:
/// kPrivilege (CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN), kMissing where nothing is found, or not the same twice.
[[nodiscard]] Result<KernelLayout> find_layout_by_trial();

}  // namespace hopcost::analyzer
