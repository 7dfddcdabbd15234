// What /proc and /sys texts say. Pure functions of strings; include nothing of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hopcost::campaign {

/// Effective capabilities from /proc/PID/status, one bit a capability; nothing when there is no CapEff line.
[[nodiscard]] std::optional<std::uint64_t> effective_capabilities(std::string_view status);

/// {major, minor} of a release such as "6.1.0-18-amd64"; {0, 0} when it is none.
[[nodiscard]] std::pair<unsigned, unsigned> kernel_version(std::string_view release);

/// Value of a word of the kernel's command line: "isolcpus=1" gives "1", a bare word "", an absent one
/// nothing. The last wins.
[[nodiscard]] std::optional<std::string> cmdline_value(std::string_view cmdline, std::string_view key);

/// CPUs of a list such as "0-2,5\n"; what can't be read is left out. At most 4096 of them.
[[nodiscard]] std::vector<unsigned> cpu_list(std::string_view list);

/// Share of all CPU time since boot that the hypervisor took, 0 to 1, from /proc/stat; nothing without a cpu
/// line.
[[nodiscard]] std::optional<double> steal_share(std::string_view stat);

/// A field of /proc/meminfo ("HugePages_Total"), as it stands there.
[[nodiscard]] std::optional<std::uint64_t> meminfo_field(std::string_view meminfo, std::string_view key);

/// Whether the flags line of /proc/cpuinfo holds a word.
[[nodiscard]] bool has_cpu_flag(std::string_view cpuinfo, std::string_view flag);

/// The systemd unit of a process (its name in /proc/PID/comm, at most 15 bytes) that disciplines the clock
/// and may turn receive timestamps on for the whole host; empty for any other process.
[[nodiscard]] std::string_view time_daemon_unit(std::string_view comm);

/// Instances of namespaces named hc-INSTANCE-NODE, each once, sorted; other names are ignored.
[[nodiscard]] std::vector<std::string> instances_of(const std::vector<std::string>& namespace_names);

}  // namespace hopcost::campaign
