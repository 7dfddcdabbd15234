// Finds where the kernel's structures have the members that programs read, and tells libbpf. Set-up only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/tap/bpf/kernel_types.h"
#include "base/fd.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// Bytes from a structure's begin, by "structure.member" as skb.bpf.h declares them.
using KernelLayout = std::map<std::string, std::uint32_t>;

/// What has to be looked for in the kernel's types.
[[nodiscard]] std::vector<std::string> layout_names();
/// Errors: kMissing where a member is not there.
[[nodiscard]] Result<KernelLayout> layout_of(KernelTypes& types);

/// The structures with nothing but these members, as BTF in a memory file that libbpf reads. From the
/// kernel's own BTF libbpf would hold all types, twice.
[[nodiscard]] Result<Fd> describe_layout(const KernelLayout& layout);
/// Path of a description; valid while its descriptor is open.
[[nodiscard]] std::string layout_path(const Fd& description);

}  // namespace hopcost::analyzer
