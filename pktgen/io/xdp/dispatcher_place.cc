#include "pktgen/io/xdp/dispatcher_place.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <sched.h>

#include <cerrno>
#include <thread>

#include "pktgen/io/bpf/assembler.h"

namespace hopcost::pktgen {
namespace {

constexpr int kLoopback = 1;  // the loopback device's index in every namespace (LOOPBACK_IFINDEX)

Fd load_pass() {
  Assembler a;
  a.constant(BPF_REG_0, XDP_PASS);
  a.exit();
  const auto code = a.take();
  return Fd(
      bpf_prog_load(BPF_PROG_TYPE_XDP, "hopcost_place", "Dual BSD/GPL", code.data(), code.size(), nullptr));
}

/// Runs on its own thread, so that only that thread enters the new namespace.
Result<void> attach(Fd& netns, Fd& link) {
  if (unshare(CLONE_NEWNET) != 0)
    return errno_error(errno, "make a network namespace for the XDP dispatcher", "run with sudo");
  netns.reset(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  const Fd pass = load_pass();
  if (!pass.valid())
    return errno_error(errno, "load an XDP program", "needs CAP_BPF and CAP_NET_ADMIN: run with sudo");
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = XDP_FLAGS_SKB_MODE;
  link.reset(bpf_link_create(pass.get(), kLoopback, BPF_XDP, &options));
  if (!link.valid()) return errno_error(errno, "attach an XDP program to a loopback device");
  return {};
}

}  // namespace

Result<DispatcherPlace> DispatcherPlace::take() {
  Fd netns, link;
  Result<void> attached;
  std::thread([&] { attached = attach(netns, link); }).join();
  if (!attached) return forward(attached);
  return DispatcherPlace(std::move(netns), std::move(link));
}

Result<void> DispatcherPlace::give_to(const Fd& program) const {
  if (bpf_link_update(link_.get(), program.get(), nullptr) == 0) return {};
  return errno_error(errno, "put the program in the XDP dispatcher");
}

}  // namespace hopcost::pktgen
