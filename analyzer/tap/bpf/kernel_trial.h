// The layout of a kernel that has no BTF, found by trial. Set-up only.
#pragma once

#include "analyzer/tap/bpf/kernel_layout.h"

namespace hopcost::analyzer {

/// What a packet and a device have where is read off the verifier's translation of a program that asks its
/// context; what tells a namespace is looked for in memory, from the device of a packet on, in namespaces of
/// the trial's own. Takes some ten ms. Errors: kPrivilege (CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN), kMissing
/// where nothing is found, or not the same twice.
[[nodiscard]] Result<KernelLayout> find_layout_by_trial();

}  // namespace hopcost::analyzer
