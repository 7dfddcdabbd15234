#include "base/netns.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>

namespace hopcost {

Result<Fd> open_netns(const std::string& name) {
  std::string path = "/proc/thread-self/ns/net";
  if (!name.empty())
    path = name.find('/') == std::string::npos ? fmt::format("{}/{}", kNetnsDir, name) : name;
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    return errno_error(errno, fmt::format("open network namespace {}", path),
                       "list what there is: ip netns, or nsglue list");
  }
  return fd;
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
  // Going on in the wrong namespace would send packets where they must not go.
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
