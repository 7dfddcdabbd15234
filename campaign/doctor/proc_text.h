// Parses texts of /proc and /sys. Pure functions of strings; include nothing of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hopcost::campaign {

/// Effective capabilities from /proc/PID/status, one bit per capability; nothing when there is no CapEff
/// line.
[[nodiscard]] std::optional<std::uint64_t> effective_capabilities(std::string_view status);

/// {major, minor} of a release such as "6.1.0-18-amd64"; {0, 0} when the text is no release.
[[nodiscard]] std::pair<unsigned, unsigned> kernel_version(std::string_view release);

/// Value of a word on the kernel's command line: "isolcpus=1" gives "1", a word alone gives "", an absent
/// word gives nothing. If it occurs more than once, the last counts.
[[nodiscard]] std::optional<std::string> cmdline_value(std::string_view cmdline, std::string_view key);

/// The CPUs of a list such as "0-2,5\n", at most 4096. Parts that can't be read are skipped.
[[nodiscard]] std::vector<unsigned> cpu_list(std::string_view list);

/// Share of all CPU time since boot that the hypervisor took, 0 to 1, from /proc/stat; nothing without a cpu
/// line.
[[nodiscard]] std::optional<double> steal_share(std::string_view stat);

/// The number of a field of /proc/meminfo ("HugePages_Total"), in the unit that it has there.
[[nodiscard]] std::optional<std::uint64_t> meminfo_field(std::string_view meminfo, std::string_view key);

/// Whether the flags line of /proc/cpuinfo holds a word.
[[nodiscard]] bool has_cpu_flag(std::string_view cpuinfo, std::string_view flag);

/// The systemd unit of a daemon that disciplines the clock and may turn on receive timestamps for the whole
/// host. `comm`: the process's name in /proc/PID/comm, at most 15 bytes. Empty for any other process.
[[nodiscard]] std::string_view time_daemon_unit(std::string_view comm);

/// The instances of namespaces named hc-INSTANCE-NODE, each once, sorted; other names are ignored.
[[nodiscard]] std::vector<std::string> instances_of(const std::vector<std::string>& namespace_names);

}  // namespace hopcost::campaign
