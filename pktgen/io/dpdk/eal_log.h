// Keeps DPDK's messages instead of printing them, so that an error can quote them. Any thread.
#pragma once

#include <string>

namespace hopcost::pktgen {

/// From now on DPDK's messages go here. Call once, before rte_eal_init().
void capture_eal_log();

/// The same for libbpf, if a DPDK driver has loaded it; else libbpf prints to standard error. Call after
/// rte_eal_init().
void capture_libbpf_log();

/// The last few messages since the last call, one per line. Forgets them.
[[nodiscard]] std::string take_eal_log();

}  // namespace hopcost::pktgen
