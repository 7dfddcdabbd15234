#include "nsglue/kernel/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace hopcost::nsglue {
namespace {

std::string sysctl_path(std::string name) {
  for (char& c : name) c = c == '.' ? '/' : c == '/' ? '.' : c;
  return "/proc/sys/" + name;
}

/// The whole content without its newline.
Result<std::string> read_at(int dir, const std::string& path) {
  Fd fd(::openat(dir, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, fmt::format("read {}", path));
  char text[4096];
  const ssize_t got = ::read(fd.get(), text, sizeof text);
  if (got < 0) return errno_error(errno, fmt::format("read {}", path));
  std::string value(text, static_cast<std::size_t>(got));
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

Result<void> write_at(int dir, const std::string& path, const std::string& value) {
  const std::string what = fmt::format("write '{}' to {}", value, path);
  Fd fd(::openat(dir, path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, what);
  if (::write(fd.get(), value.data(), value.size()) < 0) return errno_error(errno, what);
  return {};
}

std::string queue_path(const std::string& device, int queue) {
  return fmt::format("class/net/{}/queues/rx-{}/rps_cpus", device, queue);
}

}  // namespace

const std::map<std::string, std::string>& quiet_sysctls() {
  static const std::map<std::string, std::string> kQuiet = {
      {"net.bridge.bridge-nf-call-arptables", "0"},
      {"net.bridge.bridge-nf-call-ip6tables", "0"},
      {"net.bridge.bridge-nf-call-iptables", "0"},
      {"net.ipv4.conf.all.rp_filter", "0"},
      {"net.ipv4.conf.default.rp_filter", "0"},
      {"net.ipv4.ip_forward", "0"},
      {"net.ipv6.conf.all.forwarding", "0"},
      {"net.ipv6.conf.default.accept_dad", "0"},
      {"net.ipv6.conf.default.accept_ra", "0"},
      {"net.ipv6.conf.default.addr_gen_mode", "1"},  // IN6_ADDR_GEN_MODE_NONE: no link-local address
      {"net.ipv6.conf.default.autoconf", "0"},
      {"net.ipv6.conf.default.disable_ipv6", "1"},
      {"net.ipv6.conf.default.router_solicitations", "0"},
  };
  return kQuiet;
}

Result<void> write_sysctl(const std::string& name, const std::string& value) {
  if (const auto now = read_sysctl(name); now && *now == value) return {};
  auto done = write_at(AT_FDCWD, sysctl_path(name), value);
  if (done || done.error().err != EROFS) return done;
  Error e = std::move(done).error();
  e.code = Exit::kPrivilege;
  e.hint = "mount -o remount,rw /proc/sys, or start the container with --privileged";
  return std::unexpected(std::move(e));
}

Result<std::optional<std::string>> read_sysctl(const std::string& name) {
  auto value = read_at(AT_FDCWD, sysctl_path(name));
  if (!value && value.error().err == ENOENT) return std::nullopt;
  if (!value) return forward(value);
  std::ranges::replace(*value, '\t', ' ');
  return *value;
}

Result<std::string> read_small(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, "read " + path);
  std::array<char, 4096> part{};
  std::string value;
  for (;;) {
    const ssize_t got = ::read(fd.get(), part.data(), part.size());
    if (got < 0) return errno_error(errno, "read " + path);
    if (got == 0) break;
    value.append(part.data(), static_cast<std::size_t>(got));
  }
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

std::string device_sysctl(std::string_view family, std::string device, std::string_view name) {
  std::ranges::replace(device, '.', '/');
  return fmt::format("net.{}.conf.{}.{}", family, device, name);
}

Result<NamespaceSysfs> NamespaceSysfs::open() {
  Fd context(fsopen("sysfs", FSOPEN_CLOEXEC));
  if (!context.valid()) return errno_error(errno, "open the namespace's sysfs");
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return errno_error(errno, "open the namespace's sysfs");
  }
  Fd root(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!root.valid()) return errno_error(errno, "open the namespace's sysfs");
  return NamespaceSysfs(std::move(root));
}

Result<std::string> NamespaceSysfs::read_rps(const std::string& device) const {
  std::string first, all;
  bool agree = true;
  for (int queue = 0;; ++queue) {
    auto mask = read_at(root_.get(), queue_path(device, queue));
    if (!mask && mask.error().err == ENOENT) return agree ? first : all;
    if (!mask) return mask;
    const std::string plain = plain_mask(*mask);
    if (queue == 0) first = plain;
    agree = agree && plain == first;
    all += (queue == 0 ? "" : " ") + plain;
  }
}

Result<std::string> NamespaceSysfs::read_threaded(const std::string& device) const {
  auto value = read_at(root_.get(), fmt::format("class/net/{}/threaded", device));
  if (!value) return std::string();  // ENOENT before Linux 5.12, EINVAL for a device without NAPI
  return value;
}

Result<void> NamespaceSysfs::write_rps(const std::string& device, const std::string& mask) const {
  for (int queue = 0;; ++queue) {
    auto done = write_at(root_.get(), queue_path(device, queue), mask);
    if (!done && done.error().err == ENOENT && queue > 0) return {};
    if (!done && done.error().code == Exit::kPrivilege) {
      // store_rps_map in net/core/net-sysfs.c asks for CAP_NET_ADMIN in the first user namespace.
      return errno_error(done.error().err, done.error().what,
                         "receive steering needs real root: run with sudo, or rps_cpus = \"0\"");
    }
    if (!done) return done;
  }
}

std::string plain_mask(const std::string& mask) {
  const std::size_t first = mask.find_first_not_of("0,");
  return first == std::string::npos ? "0" : mask.substr(first);
}

}  // namespace hopcost::nsglue
