#include "base/netns.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace hopcost {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Fd open_file(const std::string& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// A hint for the error that there is no namespace `name`.
std::string namespace_hint(const std::string& name) {
  const bool is_index = name.starts_with("if") && is_number(std::string_view(name).substr(2));
  if (is_index || if_nametoindex(name.c_str()) != 0)
    return fmt::format(
        "ip link prints a device as DEVICE@PEER, and here a namespace stands behind the @: leave out @{}",
        name);
  return "list what there is: ip netns, or nsglue list; a process's is @PID (of a container: docker inspect "
         "-f "
         "'{{.State.Pid}}' NAME)";
}

}  // namespace

Result<Fd> open_netns(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos) {
    const std::string path = name.empty() ? "/proc/thread-self/ns/net" : name;
    Fd fd = open_file(path);
    if (fd.valid()) return fd;
    return errno_error(errno, fmt::format("open network namespace {}", path),
                       "list what there is: ip netns, or nsglue list");
  }
  Fd fd = open_file(fmt::format("{}/{}", kNetnsDir, name));
  if (!fd.valid() && errno == ENOENT && is_number(name)) fd = open_file(fmt::format("/proc/{}/ns/net", name));
  if (fd.valid()) return fd;
  const int err = errno;  // namespace_hint() makes system calls too
  return errno_error(err, fmt::format("open network namespace {}", name), namespace_hint(name));
}

Result<NetnsScope> NetnsScope::enter(const std::string& name) {
  if (name.empty()) return NetnsScope(Fd());
  auto home = open_netns("");
  if (!home) return forward(home);
  auto target = open_netns(name);
  if (!target) return forward(target);
  if (setns(target->get(), CLONE_NEWNET) != 0) {
    return errno_error(errno, fmt::format("enter network namespace {}", name),
                       "needs CAP_SYS_ADMIN: run with sudo");
  }
  return NetnsScope(std::move(*home));
}

NetnsScope::~NetnsScope() {
  // If the thread stayed in the wrong namespace, packets would go where they must not.
  if (home_.valid() && setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
}

Result<unsigned> interface_index(const std::string& device) {
  const unsigned index = if_nametoindex(device.c_str());
  if (index == 0) {
    return errno_error(ENODEV, fmt::format("interface {}", device),
                       fmt::format("interfaces here: {}", fmt::join(interface_names(), ", ")));
  }
  return index;
}

std::vector<std::string> interface_names() {
  std::vector<std::string> names;
  if (auto* list = if_nameindex()) {
    for (auto* i = list; i->if_index != 0; ++i) names.emplace_back(i->if_name);
    if_freenameindex(list);
  }
  return names;
}

}  // namespace hopcost
