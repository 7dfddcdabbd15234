#include "base/privilege.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace hopcost {
namespace {

std::vector<std::function<Result<void>()>>& others() {
  static std::vector<std::function<Result<void>()>> all;
  return all;
}

}  // namespace

Result<void> drop_all_capabilities() {
  return drop_capabilities_but({});
}

Result<void> drop_capabilities_but(const std::vector<int>& keep) {
  if (auto ok = drop_thread_capabilities_but(keep); !ok) return ok;
  for (const auto& drop : others())
    if (auto ok = drop(); !ok) return ok;
  return {};
}

void share_drops(std::function<Result<void>()> drop) {
  others().push_back(std::move(drop));
}

Result<void> drop_thread_capabilities_but(const std::vector<int>& keep) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error(errno, "set no_new_privs");
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0,
        0);  // absent before Linux 4.3: nothing to clear there
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct left[_LINUX_CAPABILITY_U32S_3]{};
  for (const int capability : keep) {
    if (!have_capability(capability)) continue;
    const auto c = static_cast<unsigned>(capability);
    left[c / 32].effective = left[c / 32].permitted |= 1u << (c % 32);
  }
  if (syscall(SYS_capset, &header, left) != 0) return errno_error(errno, "drop capabilities");
  return {};
}

bool have_capability(int capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  const auto c = static_cast<unsigned>(capability);
  return (data[c / 32].effective >> (c % 32)) & 1u;
}

}  // namespace hopcost
