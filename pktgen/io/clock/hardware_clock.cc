#include "pktgen/io/clock/hardware_clock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace hopcost::pktgen {
namespace {

/// A request on the device, with `data` as its argument.
template <class T>
bool ask(const std::string& device, unsigned long request, T& data) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq r{};
  device.copy(r.ifr_name, IFNAMSIZ - 1);
  r.ifr_data = reinterpret_cast<char*>(&data);
  return ioctl(socket.get(), request, &r) == 0;
}

bool does(const std::string& device, HardwareClock::Stamps stamps) {
  hwtstamp_config config{};
  if (!ask(device, SIOCGHWTSTAMP, config)) return false;
  return stamps == HardwareClock::Stamps::kReceived ? config.rx_filter == HWTSTAMP_FILTER_ALL
                                                    : config.tx_type == HWTSTAMP_TX_ON;
}

Fd open_clock_of(const std::string& device) {
  ethtool_ts_info info{};
  info.cmd = ETHTOOL_GET_TS_INFO;
  if (!ask(device, SIOCETHTOOL, info) || info.phc_index < 0) return {};
  return Fd(::open(fmt::format("/dev/ptp{}", info.phc_index).c_str(), O_RDONLY | O_CLOEXEC));
}

/// The id of a dynamic clock from its descriptor (FD_TO_CLOCKID in the kernel's
/// Documentation/driver-api/ptp.rst).
clockid_t clock_id(const Fd& ptp) noexcept {
  constexpr unsigned kClockFd = 3;
  return static_cast<clockid_t>((~static_cast<unsigned>(ptp.get()) << 3) | kClockFd);
}

}  // namespace

std::optional<HardwareClock> HardwareClock::open(const std::string& device, Stamps stamps) {
  if (!does(device, stamps)) return std::nullopt;
  Fd ptp = open_clock_of(device);
  if (!ptp.valid()) return std::nullopt;
  const clockid_t id = clock_id(ptp);
  HardwareClock clock(std::move(ptp), id);
  return clock.learn() ? std::optional(std::move(clock)) : std::nullopt;
}

std::optional<HardwareClock> HardwareClock::of(clockid_t id) {
  HardwareClock clock(Fd(), id);
  return clock.learn() ? std::optional(std::move(clock)) : std::nullopt;
}

}  // namespace hopcost::pktgen
