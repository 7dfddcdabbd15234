// DPDK's messages: kept instead of printed, so that an error can quote the ones about it. Any thread.
#pragma once

#include <string>

namespace hopcost::pktgen {

/// From now on DPDK's messages go here. Call once, before rte_eal_init().
void capture_eal_log();

/// The same for libbpf, once a driver has brought it along: it prints to standard error else. Call after
/// rte_eal_init().
void capture_libbpf_log();

/// The messages since the last call, one a line, the last few of them; then they are forgotten.
[[nodiscard]] std::string take_eal_log();

}  // namespace hopcost::pktgen
