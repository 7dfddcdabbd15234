#include "pktgen/io/link_watch.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "base/netns.h"
#include "base/privilege.h"
#include "pktgen/io/veth_peer.h"

namespace hopcost::pktgen {
namespace {

// The kernel also reports a lost carrier itself (rtnetlink), but up to a second later
// (net/core/link_watch.c).
constexpr std::chrono::milliseconds kEvery(100);
constexpr std::chrono::seconds kHardwarePatience(9);

/// A request about the device that `r` names, with `data` as its argument.
template <class T>
bool ask_driver(int socket, ifreq r, T& data) noexcept {
  r.ifr_data = reinterpret_cast<char*>(&data);
  return ioctl(socket, SIOCETHTOOL, &r) == 0;
}

/// Gets the device's present name: it may be renamed while it is watched.
bool name_of(int socket, unsigned index, ifreq& r) noexcept {
  r.ifr_ifindex = static_cast<int>(index);
  return ioctl(socket, SIOCGIFNAME, &r) == 0;
}

/// What to do about a device without carrier.
std::string carrier_hint(unsigned index) {
  const auto peer = veth_peer(index);
  return peer ? fmt::format("its other end is down: {}", peer->set_up())
              : "its other end is down or not plugged in (for a veth: ip link set PEER up)";
}

std::unexpected<Error> link_error(int fault, unsigned index, const std::string& device) {
  if (fault == ENETDOWN)
    return error(Exit::kMissing, fmt::format("{} is down", device), fmt::format("ip link set {} up", device));
  if (fault == ENOLINK)
    return error(Exit::kMissing, fmt::format("{} has no carrier: what is sent there goes nowhere", device),
                 carrier_hint(index));
  return errno_error(fault, fmt::format("look at the link of {}", device));
}

}  // namespace

/// The thread that looks, and the watches it looks at. It exists as long as there is a watch.
class LinkWatcher {
 public:
  static std::shared_ptr<LinkWatcher> instance() {
    static std::mutex mutex;
    static std::weak_ptr<LinkWatcher> running;
    const std::lock_guard lock(mutex);
    auto watcher = running.lock();
    if (!watcher) running = watcher = std::make_shared<LinkWatcher>();
    return watcher;
  }
  LinkWatcher() : thread_([this] { work(); }) {}
  ~LinkWatcher() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void add(LinkWatch* link) {
    const std::lock_guard lock(mutex_);
    links_.push_back(link);
  }
  /// When this returns, the thread is not looking at `link` any more.
  void remove(LinkWatch* link) {
    const std::lock_guard lock(mutex_);
    std::erase(links_, link);
  }

 private:
  void work() {
    (void)drop_thread_capabilities_but({});
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kEvery, [this] { return over_; }))
      for (LinkWatch* link : links_) link->look();
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::vector<LinkWatch*> links_;
  std::thread thread_;  // last: it uses the others
};

LinkState LinkWatch::read() const noexcept {
  LinkState state{.fault = ENODEV, .mtu = mtu()};
  ifreq r{};
  if (!name_of(asks_.get(), index_, r)) return state;
  ifreq mtu = r, flags = r;
  if (ioctl(asks_.get(), SIOCGIFMTU, &mtu) != 0 || ioctl(asks_.get(), SIOCGIFFLAGS, &flags) != 0)
    return state;
  state.mtu = static_cast<std::uint32_t>(mtu.ifr_mtu);
  state.fault = (flags.ifr_flags & IFF_UP) == 0 ? ENETDOWN : 0;
  // IFF_RUNNING follows the carrier a moment later, from a work queue.
  ethtool_value carrier{.cmd = ETHTOOL_GLINK, .data = 0};
  const bool has_carrier =
      ask_driver(asks_.get(), r, carrier) ? carrier.data != 0 : (flags.ifr_flags & IFF_RUNNING) != 0;
  if (state.fault == 0 && !has_carrier) state.fault = ENOLINK;
  return state;
}

/// A device on a bus has a cable.
bool LinkWatch::is_hardware() const noexcept {
  ifreq r{};
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  return name_of(asks_.get(), index_, r) && ask_driver(asks_.get(), r, info) && info.bus_info[0] != '\0';
}

int LinkWatch::look() noexcept {
  const std::lock_guard lock(mutex_);  // the last look is the newest one
  const LinkState now = read();
  mtu_.store(now.mtu, std::memory_order_relaxed);
  const bool borne = now.fault == ENOLINK && bears_lost_carrier_.load(std::memory_order_relaxed);
  fault_.store(borne ? 0 : now.fault, std::memory_order_relaxed);
  return now.fault;
}

Result<void> LinkWatch::await() noexcept {
  const auto now = std::chrono::steady_clock::now;
  const auto end = now() + (is_hardware() ? kHardwarePatience : std::chrono::seconds(0));
  int fault = look();
  for (; fault == ENOLINK && now() < end; fault = look())
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (fault == 0) return {};
  ifreq r{};
  return link_error(fault, index_, name_of(asks_.get(), index_, r) ? r.ifr_name : "the device");
}

Result<std::shared_ptr<LinkWatch>> LinkWatch::open(const std::string& device) {
  auto index = interface_index(device);
  if (!index) return forward(index);
  Fd asks(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!asks.valid()) return errno_error(errno, "open a socket to watch the link");
  std::shared_ptr<LinkWatch> link(new LinkWatch(*index, std::move(asks)));
  if (auto ok = link->await(); !ok) return forward(ok);
  link->watcher_ = LinkWatcher::instance();
  link->watcher_->add(link.get());
  return link;
}

LinkWatch::~LinkWatch() {
  if (watcher_) watcher_->remove(this);
}

std::string port_fault(int err) {
  switch (err) {
    case ENOLINK:
      return "no carrier: the other end went down or was unplugged (ip link set PEER up)";
    case ENETDOWN:
      return "the device is down (ip link set DEVICE up)";
    case ENODEV:
    case ENXIO:
      return "the device is gone";
    default:
      return std::strerror(err);
  }
}

}  // namespace hopcost::pktgen
