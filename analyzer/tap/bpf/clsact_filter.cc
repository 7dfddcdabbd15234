#include "analyzer/tap/bpf/clsact_filter.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <map>
#include <mutex>

#include "base/netlink/socket.h"
#include "base/pipe.h"

namespace hopcost::analyzer {
namespace {

/// Where a filter is: its hook, and which of the hook's filters it is.
struct Place {
  bpf_tc_hook hook{};
  bpf_tc_opts filter{};
};

/// Held while a filter comes or goes: a device's clsact must not be removed while another filter is attached.
std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

/// Whether anybody's filter is left; also true when the kernel does not say.
bool has_filters(int ifindex, std::uint32_t parent) {
  auto socket = netlink::Socket::open(NETLINK_ROUTE);
  if (!socket) return true;
  netlink::Message question(RTM_GETTFILTER, NLM_F_DUMP);
  tcmsg of_the_device{};
  of_the_device.tcm_ifindex = ifindex;
  of_the_device.tcm_parent = parent;
  question.header(of_the_device);
  bool any = false;
  const auto answered =
      socket->request(question, "read a device's tc filters", [&](const nlmsghdr*) { any = true; });
  return any || !answered;
}

void remove_filter(Place place, bool and_qdisc) {
  bpf_tc_detach(&place.hook, &place.filter);
  for (const std::uint32_t side : {TC_H_MIN_INGRESS, TC_H_MIN_EGRESS})
    and_qdisc = and_qdisc && !has_filters(place.hook.ifindex, TC_H_MAKE(TC_H_CLSACT, side));
  if (!and_qdisc) return;
  place.hook.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
  bpf_tc_hook_destroy(&place.hook);
}

/// For a process made by fork(). The parent's descriptors would keep the parent's taps open.
void close_all_but(int fd) {
  const auto close_from = [](unsigned first, unsigned last) {
    if (first <= last && close_range(first, last, 0) != 0) {  // Linux 5.9
      const auto most = static_cast<unsigned>(sysconf(_SC_OPEN_MAX));
      for (unsigned i = first; i <= std::min(last, most); ++i) close(static_cast<int>(i));
    }
  };
  const auto kept = static_cast<unsigned>(fd);
  if (kept > 0) close_from(0, kept - 1);
  close_from(kept + 1, ~0u);
}

/// The keeper: waits until the other end of the pipe is closed, then removes the filter. It ignores signals
/// to the process group, which are for the parent.
[[noreturn]] void keep(int alive, const Place& place, bool made) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) std::signal(signal, SIG_IGN);
  prctl(PR_SET_NAME, "analyzer-tc");
  close_all_but(alive);
  char nothing = 0;
  while (read(alive, &nothing, 1) < 0 && errno == EINTR) {
  }
  remove_filter(place, made);
  _exit(0);
}

/// Makes the device's clsact if it has none. Gives true if we made it. All filters of a device share this
/// value while any of them exists.
Result<std::shared_ptr<const bool>> need_qdisc(const bpf_tc_hook& hook) {
  static std::map<std::pair<ino_t, int>, std::weak_ptr<const bool>> known;
  struct stat netns {};
  if (stat("/proc/thread-self/ns/net", &netns) != 0) return errno_error(errno, "name this network namespace");
  auto& entry = known[{netns.st_ino, hook.ifindex}];
  if (auto shared = entry.lock()) return shared;
  bpf_tc_hook both = hook;
  both.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
  const int err = bpf_tc_hook_create(&both);
  if (err != 0 && err != -EEXIST)
    return errno_error(-err, "make the queueing discipline clsact", "needs Linux 6.6, or 4.5 with clsact");
  auto made = std::make_shared<const bool>(err == 0);
  entry = made;
  return made;
}

}  // namespace

Result<ClsactFilter> ClsactFilter::attach(unsigned ifindex, Direction direction, int program) {
  const std::lock_guard lock(one_at_a_time());
  Place place;
  place.hook.sz = sizeof place.hook;
  place.hook.ifindex = static_cast<int>(ifindex);
  place.hook.attach_point = direction == Direction::kIn ? BPF_TC_INGRESS : BPF_TC_EGRESS;
  auto qdisc = need_qdisc(place.hook);
  if (!qdisc) return forward(qdisc);
  place.filter.sz = sizeof place.filter;
  place.filter.prog_fd = program;
  const int err = bpf_tc_attach(&place.hook, &place.filter);
  place.filter.prog_fd = 0;  // bpf_tc_detach() finds the filter by its handle and priority, and wants these 0
  place.filter.prog_id = 0;
  auto pipe = make_pipe();
  if (err != 0 || !pipe) {
    const int fault = err != 0 ? -err : pipe.error().err;
    remove_filter(place, **qdisc);
    return errno_error(fault, "attach to clsact", "needs Linux 6.6, or 4.5 with the filter bpf");
  }
  const pid_t keeper = fork();
  if (keeper == 0) keep(pipe->read.get(), place, **qdisc);
  if (keeper < 0) {
    const int fault = errno;
    remove_filter(place, **qdisc);
    return errno_error(fault, "start the process that takes a tc filter off");
  }
  return ClsactFilter(std::move(pipe->write), keeper, std::move(*qdisc));
}

ClsactFilter& ClsactFilter::operator=(ClsactFilter&& o) noexcept {
  if (this == &o) return *this;
  take_off();
  alive_ = std::move(o.alive_);
  keeper_ = std::exchange(o.keeper_, -1);
  qdisc_ = std::move(o.qdisc_);
  return *this;
}

void ClsactFilter::take_off() noexcept {
  if (keeper_ < 0) return;
  const std::lock_guard lock(one_at_a_time());
  alive_ = Fd();
  while (waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
  keeper_ = -1;
  qdisc_.reset();
}

}  // namespace hopcost::analyzer
