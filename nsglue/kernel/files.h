// Small files of the kernel: /proc/sys/net of the thread's namespace, receive steering in the namespace's own
// sysfs, what /proc says of processes. For settings the calling thread must be in the namespace
// (base/netns.h). Includes only base/.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::nsglue {

/// The settings every node gets before its devices are made, so that nothing sends unasked: no forwarding, no
/// reverse path filter, no IPv6 except where addresses are declared, no duplicate address detection, no
/// router solicitations, no link-local addresses, no netfilter on bridges. A setting that the kernel lacks is
/// no fault.
[[nodiscard]] const std::map<std::string, std::string>& quiet_sysctls();

/// Writes only what differs, so that a read-only /proc/sys, as containers have it, is no fault where the
/// value is right. `name` as sysctl(8) has it: "net.ipv4.ip_forward". A '/' stands for a dot inside a
/// device's name. Errors: the kernel's; kPrivilege when /proc/sys is read-only.
[[nodiscard]] Result<void> write_sysctl(const std::string& name, const std::string& value);
/// One blank between numbers. Nothing when the kernel has not got it.
[[nodiscard]] Result<std::optional<std::string>> read_sysctl(const std::string& name);

/// The first 4 KiB of a small file, without the newline at its end. Errors: the kernel's; ESRCH of a file of
/// /proc whose process has just gone.
[[nodiscard]] Result<std::string> read_small(const std::string& path);

/// A device's own sysctl: ("ipv6", "d0.7", "disable_ipv6") is "net.ipv6.conf.d0/7.disable_ipv6".
[[nodiscard]] std::string device_sysctl(std::string_view family, std::string device, std::string_view name);

/// The sysfs of the thread's network namespace, mounted nowhere (fsopen(2), Linux 5.2).
class NamespaceSysfs {
 public:
  /// Errors: kMissing on older kernels, kPrivilege.
  [[nodiscard]] static Result<NamespaceSysfs> open();

  /// Masks of the device's receive queues, one when they agree: "0", "3"; all of them with spaces when not.
  /// Empty: the kernel has no RPS.
  [[nodiscard]] Result<std::string> read_rps(const std::string& device) const;
  /// "1" when the device's NAPI runs in threads of its own. Empty: the kernel can't.
  [[nodiscard]] Result<std::string> read_threaded(const std::string& device) const;
  /// Sets every receive queue.
  [[nodiscard]] Result<void> write_rps(const std::string& device, const std::string& mask) const;

 private:
  explicit NamespaceSysfs(Fd root) : root_(std::move(root)) {}
  Fd root_;
};

/// A CPU mask without its leading zeros and commas: "00000000,00000003" is "3".
[[nodiscard]] std::string plain_mask(const std::string& mask);

}  // namespace hopcost::nsglue
