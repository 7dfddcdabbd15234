#include "pktgen/io/dpdk/eal.h"

#include <fmt/format.h>
#include <rte_alarm.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <sched.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "base/privilege.h"
#include "pktgen/io/dpdk/eal_log.h"

namespace hopcost::pktgen {
namespace {

constexpr std::chrono::milliseconds kWatchEvery(100);

std::vector<int> own_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) cpus.push_back(cpu);
  return cpus;
}

Result<void> init(const EalRequest& r) {
  capture_eal_log();
  auto words = eal_arguments(r);
  std::vector<char*> argv;
  for (auto& w : words) argv.push_back(w.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0) {
    capture_libbpf_log();
    return {};
  }
  const int err = rte_errno;
  std::string hint = take_eal_log();
  hint += r.hugepages_mib > 0 ? fmt::format("\n  are there {} MiB of hugepages? sysctl -w vm.nr_hugepages={}",
                                            r.hugepages_mib, r.hugepages_mib / 2 + 1)
                              : "\n  see hopcost doctor";
  return errno_error(err, "start DPDK", hint);
}

/// Whether the calling thread is already in that namespace.
bool is_in(int netns) {
  struct stat there {
  }, here{};
  return fstat(netns, &there) == 0 && stat("/proc/thread-self/ns/net", &here) == 0 &&
         there.st_ino == here.st_ino;
}

/// What the running environment lacks for another port.
std::string lacks(const EalRequest& has, const EalRequest& wants) {
  if (wants.hugepages_mib > has.hugepages_mib)
    return fmt::format("DPDK runs with {} MiB of hugepages already, and a port asks for {}",
                       has.hugepages_mib, wants.hugepages_mib);
  if (!wants.pci.empty() && has.pci.empty())
    return fmt::format("DPDK runs without the PCI bus already, and a port asks for {}", wants.pci);
  return {};
}

/// Gives the thread's place back when the thread ends.
struct Registration {
  bool registered = false;
  ~Registration() {
    if (registered) rte_thread_unregister();
  }
};

}  // namespace

Result<Eal*> Eal::start(EalRequest request) {
  static std::mutex mutex;
  static Eal* running = nullptr;  // never deleted, because DPDK can't be started twice
  const std::lock_guard lock(mutex);
  if (running != nullptr) {
    if (auto why = lacks(running->request_, request); !why.empty())
      return error(Exit::kUsage, why, "it is started once: open the port that asks for the most first");
    return running;
  }
  request.cpus = own_cpus();
  auto* eal = new Eal(std::move(request));
  std::thread([eal] { eal->serve(); }).detach();
  Result<void> started;
  eal->run([&] { started = init(eal->request_); });
  if (!started) return forward(started);  // its thread goes on sleeping; the process is about to end
  running = eal;
  share_drops([] { return running->drop_capabilities(); });
  return running;
}

void Eal::keep(int capability) {
  kept_.push_back(capability);
}

Result<void> Eal::drop_capabilities() {
  Result<void> dropped;
  auto keep = kept_;
  constexpr int kCapSysAdmin = 21;  // to move between the ports' namespaces
  if (moves_ > 0) keep.push_back(kCapSysAdmin);
  run([&] { dropped = drop_thread_capabilities_but(keep); });
  if (!dropped) return dropped;
  // The alarm runs on DPDK's interrupt thread, its only other one.
  std::promise<Result<void>> answer;
  auto answered = answer.get_future();
  const auto drop = [](void* to) {
    static_cast<std::promise<Result<void>>*>(to)->set_value(drop_thread_capabilities_but({}));
  };
  if (rte_eal_alarm_set(1, drop, &answer) != 0)
    return error(Exit::kFailure, "drop the capabilities of DPDK's interrupt thread");
  return answered.get();
}

void Eal::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto something = [this] { return errand_ != nullptr; };
    if (watches_.empty()) {
      wake_.wait(lock, [&] { return something() || !watches_.empty(); });
    } else if (!wake_.wait_for(lock, kWatchEvery, something)) {
      for (auto& look : watches_) look();
    }
    if (errand_ == nullptr) continue;
    Errand* errand = std::exchange(errand_, nullptr);
    lock.unlock();
    errand->work();
    lock.lock();
    errand->done = true;
    done_.notify_all();
  }
}

void Eal::run(const std::function<void()>& work) {
  Errand errand{work};
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return errand_ == nullptr; });
  errand_ = &errand;  // cppcheck-suppress danglingLifetime // it is waited for below
  wake_.notify_one();
  done_.wait(lock, [&] { return errand.done; });
}

Result<void> Eal::call(const Fd& netns, const std::function<void()>& work) {
  Result<void> result;
  run([&] {
    if (is_in(netns.get())) {
      work();
      return;
    }
    if (setns(netns.get(), CLONE_NEWNET) != 0) {
      result = errno_error(errno, "enter the port's network namespace");
      return;
    }
    ++moves_;
    work();
  });
  return result;
}

Eal::Watch Eal::watch(std::function<void()> look) {
  const std::lock_guard lock(mutex_);
  watches_.push_front(std::move(look));
  wake_.notify_one();
  return watches_.begin();
}

void Eal::unwatch(Watch watch) {
  const std::lock_guard lock(mutex_);
  watches_.erase(watch);
}

void register_dpdk_thread() noexcept {
  thread_local Registration mine;
  if (rte_lcore_id() == LCORE_ID_ANY && rte_thread_register() == 0) mine.registered = true;
}

}  // namespace hopcost::pktgen
