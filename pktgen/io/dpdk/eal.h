// DPDK's environment (EAL). It is started once in a process and runs on its own thread, DPDK's "main lcore".
// So it never touches the affinity or the signals of our threads, and devices are closed in the namespace
// they were opened in. When our threads drop their privileges, DPDK's do so too, except those that a driver
// needs to close a device.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "pktgen/io/dpdk/eal_arguments.h"

namespace hopcost::pktgen {

class Eal {
 public:
  /// Starts the environment, or returns the running one. It lives as long as the process. Takes some 150 ms
  /// the first time, most of it for loading DPDK's drivers. Errors: kFailure with DPDK's own words; kUsage
  /// when the running one was started without the hugepages or the PCI bus that are asked for now.
  [[nodiscard]] static Result<Eal*> start(EalRequest request);

  /// Does `work` on the environment's thread inside the namespace, and waits for it. Errors: of setns(2).
  [[nodiscard]] Result<void> call(const Fd& netns, const std::function<void()>& work);

  /// The environment's thread keeps this capability when others are dropped (base/privilege.h).
  void keep(int capability);

  /// What watch() gives and unwatch() takes.
  using Watch = std::list<std::function<void()>>::iterator;
  /// Calls `look` some ten times a second on the environment's thread, until unwatch(). `look` must not wait;
  /// what it refers to must live until unwatch() has returned.
  [[nodiscard]] Watch watch(std::function<void()> look);
  /// Call once per watch(). When it returns, `look` is not running any more.
  void unwatch(Watch watch);

  Eal(const Eal&) = delete;

 private:
  struct Errand {
    std::function<void()> work;
    bool done = false;
  };
  explicit Eal(EalRequest request) : request_(std::move(request)) {}
  void serve();
  void run(const std::function<void()>& work);  // runs `work` on the thread and waits for it
  [[nodiscard]] Result<void> drop_capabilities();

  EalRequest request_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Errand* errand_ = nullptr;
  std::list<std::function<void()>> watches_;
  std::vector<int> kept_;
  int moves_ = 0;  // between namespaces, by the thread
};

/// Registers the calling thread with DPDK (as an "lcore") until it ends, so that it has its own cache of
/// frames. Call after Eal::start().
void register_dpdk_thread() noexcept;

}  // namespace hopcost::pktgen
