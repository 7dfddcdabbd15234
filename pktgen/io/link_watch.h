// Watches a device's link while a port is open on it: carrier, MTU, and whether the device still exists. One
// thread of the process looks at all watched links ten times a second; it is none of the sending threads and
// holds no capabilities. Includes only base/.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::pktgen {

/// The state of a link.
struct LinkState {
  int fault = 0;  ///< ENODEV: gone; ENETDOWN: switched off; ENOLINK: no carrier; 0: frames can pass.
  std::uint32_t mtu = 0;
};

class LinkWatch {
 public:
  /// Watches a device of the calling thread's namespace, also after the thread has left that. Waits as
  /// await() does. Errors: kMissing when there is no such device, it is down, or it has no carrier, each with
  /// the next step.
  [[nodiscard]] static Result<std::shared_ptr<LinkWatch>> open(const std::string& device);
  LinkWatch(const LinkWatch&) = delete;
  ~LinkWatch();

  /// LinkState::fault at the last look; 0 in place of ENOLINK after bear_lost_carrier(). Any thread; one
  /// load.
  [[nodiscard]] int fault() const noexcept { return fault_.load(std::memory_order_relaxed); }
  /// The MTU at the last look; of a device that is gone, the last one known.
  [[nodiscard]] std::uint32_t mtu() const noexcept { return mtu_.load(std::memory_order_relaxed); }
  /// Looks now and gives LinkState::fault. Takes some microseconds, so it is for set-up and for reading
  /// counts, not for a hot path. Any thread.
  int look() noexcept;
  /// From now on a carrier that goes is no fault: it may come back.
  void bear_lost_carrier() noexcept { bears_lost_carrier_.store(true, std::memory_order_relaxed); }
  /// Waits until there is a carrier: on hardware up to some seconds, because it negotiates with its other end
  /// first. Errors: as open().
  [[nodiscard]] Result<void> await() noexcept;

 private:
  friend class LinkWatcher;
  LinkWatch(unsigned index, Fd asks) : index_(index), asks_(std::move(asks)) {}
  [[nodiscard]] LinkState read() const noexcept;
  [[nodiscard]] bool is_hardware() const noexcept;

  unsigned index_;
  Fd asks_;  // a socket for ioctls in the device's namespace
  std::mutex mutex_;
  std::atomic<int> fault_{0};
  std::atomic<bool> bears_lost_carrier_{false};
  std::atomic<std::uint32_t> mtu_{0};
  std::shared_ptr<class LinkWatcher> watcher_;
};

/// Why a port failed, as text for people: for a LinkState::fault with the next step to take, else as
/// strerror() has it.
[[nodiscard]] std::string port_fault(int err);

}  // namespace hopcost::pktgen
