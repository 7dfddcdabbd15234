#include "nsglue/kernel/tap.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "base/netns.h"
#include "nsglue/kernel/links.h"

namespace hopcost::nsglue {

constexpr const char* kTunFile = "/dev/net/tun";

Result<void> make_tap(Namespace& ns, const Device& device, unsigned index) {
  auto inside = NetnsScope::enter(ns.name);
  if (!inside) return forward(inside);
  const Fd file(::open(kTunFile, O_RDWR | O_CLOEXEC));
  if (!file.valid()) {
    Error e = errno_error(errno, fmt::format("open {}", kTunFile), "modprobe tun").error();
    e.code = Exit::kMissing;
    return std::unexpected<Error>(std::move(e));
  }
  ifreq request{};
  std::strncpy(request.ifr_name, device.at.device.c_str(), sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (ioctl(file.get(), TUNSETIFINDEX, &index) != 0 || ioctl(file.get(), TUNSETIFF, &request) != 0 ||
      ioctl(file.get(), TUNSETPERSIST, 1) != 0)
    return errno_error(errno, fmt::format("create tap {}", device.at.text()));
  return change_link(ns.rtnetlink, device, index);
}

bool has_taps() {
  return access(kTunFile, R_OK | W_OK) == 0;
}

}  // namespace hopcost::nsglue
