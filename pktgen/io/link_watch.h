// A device's link as the kernel has it, while a port is open on it: carrier, MTU, and whether the device is
// there at all. One thread of the process looks ten times a second, off the sending threads. It holds no
// capabilities. Includes only base/.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::pktgen {

/// What one look finds.
struct LinkState {
  int fault = 0;  ///< ENODEV: gone; ENETDOWN: switched off; ENOLINK: no carrier; 0: frames can pass.
  std::uint32_t mtu = 0;
};

class LinkWatch {
 public:
  /// Of a device of the calling thread's namespace; the watch goes on when the thread has left it. Waits as
  /// await() does. Errors: kMissing when there is no such device, it is down, or it has no carrier, each with
  /// the next step.
  [[nodiscard]] static Result<std::shared_ptr<LinkWatch>> open(const std::string& device);
  LinkWatch(const LinkWatch&) = delete;
  ~LinkWatch();

  /// LinkState::fault by the last look. Any thread; one load.
  [[nodiscard]] int fault() const noexcept { return fault_.load(std::memory_order_relaxed); }
  /// By the last look; of a device that is gone its last one.
  [[nodiscard]] std::uint32_t mtu() const noexcept { return mtu_.load(std::memory_order_relaxed); }
  /// Looks now, some microseconds. Any thread. Before a run, and where a count is asked for: not in a hot
  /// path.
  int look() noexcept;
  /// Looks until there is a carrier, some seconds for hardware, which talks with its other end first. Errors:
  /// as open().
  [[nodiscard]] Result<void> await() noexcept;

 private:
  friend class LinkWatcher;
  LinkWatch(unsigned index, Fd asks) : index_(index), asks_(std::move(asks)) {}
  [[nodiscard]] LinkState read() const noexcept;
  [[nodiscard]] bool is_hardware() const noexcept;

  unsigned index_;
  Fd asks_;  // for ioctls in the device's namespace
  std::mutex mutex_;
  std::atomic<int> fault_{0};
  std::atomic<std::uint32_t> mtu_{0};
  std::shared_ptr<class LinkWatcher> watcher_;
};

/// Why a port failed, for a person: in words and with the next step for a LinkState::fault, else as
/// strerror() has it.
[[nodiscard]] std::string port_fault(int err);

}  // namespace hopcost::pktgen
