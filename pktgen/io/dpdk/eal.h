// DPDK's environment (EAL): started once in a process, and served by one thread of its own, which is DPDK's
// "main lcore". So the environment never touches the affinity or the signals of our threads, and devices are
// closed in the namespace they were opened in. When other threads drop their privileges, so do DPDK's, except
// for what a driver needs to close a device.
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
  /// Starts the environment, or returns the one that runs. It lives as long as the process. Takes some 150 ms
  /// the first time, most of it for loading DPDK's drivers. Errors: kFailure with DPDK's own words; kUsage
  /// when one runs that was started without the hugepages or the PCI bus asked for now.
  [[nodiscard]] static Result<Eal*> start(EalRequest request);

  /// Does `work` on the environment's thread inside the namespace, and waits for it. Errors: of setns(2).
  [[nodiscard]] Result<void> call(const Fd& netns, const std::function<void()>& work);

  /// A capability that the environment's thread keeps when others are dropped (base/privilege.h).
  void keep(int capability);

  /// Calls `look` some ten times a second on the environment's thread, until unwatch().
  using Watch = std::list<std::function<void()>>::iterator;
  /// `look` must not wait; what it refers to lives until unwatch() has returned.
  [[nodiscard]] Watch watch(std::function<void()> look);
  /// Call once; `look` is not under way any more when it returns.
  void unwatch(Watch watch);

  Eal(const Eal&) = delete;

 private:
  struct Job {
    std::function<void()> work;
    bool done = false;
  };
  explicit Eal(EalRequest request) : request_(std::move(request)) {}
  void serve();
  void run(const std::function<void()>& work);  // on the thread, waits
  [[nodiscard]] Result<void> drop_capabilities();

  EalRequest request_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Job* job_ = nullptr;
  std::list<std::function<void()>> watches_;
  std::vector<int> kept_;
  int moves_ = 0;  // between namespaces, on the thread
};

/// The calling thread becomes one DPDK knows (an "lcore"), so that it has its own cache of frames; until it
/// ends. Call after Eal::start().
void register_dpdk_thread() noexcept;

}  // namespace hopcost::pktgen
