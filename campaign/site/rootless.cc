#include "campaign/site/rootless.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "base/fd.h"

namespace hopcost::campaign {
namespace {

std::string setting(const char* path) {
  std::ifstream in(path);
  std::string value;
  in >> value;
  return value;
}

/// Why the kernel refused, as far as it can be told.
std::string reason_for(int err) {
  if (setting("/proc/sys/kernel/unprivileged_userns_clone") == "0") {
    return "this kernel forbids it by a setting: sudo sysctl kernel.unprivileged_userns_clone=1";
  }
  if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1") {
    return "AppArmor forbids it: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0";
  }
  if (setting("/proc/sys/user/max_user_namespaces") == "0") {
    return "no user namespaces are allowed: sudo sysctl user.max_user_namespaces=1000";
  }
  if (err == EINVAL)
    return "this kernel was built without user namespaces (CONFIG_USER_NS): use sudo and leave --rootless "
           "out";
  return "a container or security policy forbids it: use sudo and leave --rootless out";
}

Result<void> write_file(const char* path, const std::string& text) {
  const Fd fd(::open(path, O_WRONLY | O_CLOEXEC));
  if (!fd.valid() || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return errno_error(errno, fmt::format("write {}", path));
  }
  return {};
}

}  // namespace

Result<void> enter_user_namespace() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) != 0) {
    const int err = errno;
    Error e = errno_error(err, "--rootless: make a user namespace", reason_for(err)).error();
    e.code = Exit::kPrivilege;
    return std::unexpected<Error>(std::move(e));
  }
  if (auto r = write_file("/proc/self/setgroups", "deny"); !r) return r;
  if (auto r = write_file("/proc/self/uid_map", fmt::format("0 {} 1\n", uid)); !r) return r;
  if (auto r = write_file("/proc/self/gid_map", fmt::format("0 {} 1\n", gid)); !r) return r;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return errno_error(errno, "--rootless: make the mounts private");
  if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") != 0)
    return errno_error(errno, "--rootless: mount a /run of our own");
  return {};
}

}  // namespace hopcost::campaign
