// BPF programs of one tap: loaded with rings of their own, not yet attached. Set-up only.
#pragma once

#include <bpf/libbpf.h>

#include <memory>

#include "analyzer/tap/bpf/event_rings.h"
#include "analyzer/tap/tap.h"
#include "base/fd.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// A loaded program and the rings it records into. The destructor unloads it once it is attached nowhere.
struct BpfProgram {
  std::shared_ptr<void> skeleton;  ///< owns all below but the rings.
  bpf_program* program = nullptr;
  bpf_program* helper = nullptr;  ///< another that must be attached before it, or null.
  EventRings rings;
};

/// The socket filter for a device's direction or for a UDP socket. Errors: kPrivilege (CAP_BPF), what the
/// kernel's verifier says.
[[nodiscard]] Result<BpfProgram> load_socket_program(const TapSpec& spec, const TapOptions& options,
                                                     bool tai);

/// The program for a tracepoint and a device of the caller's current namespace. Errors: kUsage for a
/// tracepoint there is no program for (names those there are), kMissing (device; a kernel without BTF),
/// kPrivilege. For typed arguments (tp_btf, Linux 5.5) where the kernel takes that, else for a raw
/// tracepoint.
[[nodiscard]] Result<BpfProgram> load_trace_program(const TapSpec& spec, const TapOptions& options, bool tai);

/// Attaches one of the latter's programs to its tracepoint, for as long as the descriptor lives.
[[nodiscard]] Result<Fd> attach_to_tracepoint(const bpf_program* program);

}  // namespace hopcost::analyzer
