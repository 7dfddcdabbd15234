// Set-up of the bpf tap.
#include "analyzer/tap/bpf/bpf_tap.h"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "analyzer/tap/bpf/kernel_facts.h"
#include "analyzer/tap/packet_socket.h"
#include "base/netns.h"
#include "base/udp_socket.h"

namespace hopcost::analyzer {
namespace {

/// From linux/bpf.h of Linux 6.6, as older headers lack them: attach types, the flag that puts a program
/// before all others (BPF_F_BEFORE), and BPF_LINK_CREATE's part of union bpf_attr.
constexpr std::uint32_t kTcxIngress = 46, kTcxEgress = 47, kBefore = 1u << 3;
struct LinkRequest {
  std::uint32_t program, ifindex, attach_type, flags;
  std::uint32_t relative = 0, unused = 0;
  std::uint64_t expected_revision = 0;
};

Result<void> attach_filter(int socket, const bpf_program* program, const TapSpec& spec) {
  const int fd = bpf_program__fd(program);
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof fd) != 0)
    return errno_error(errno, fmt::format("tap {}: attach its BPF program", spec.name));
  return {};
}

}  // namespace

Result<BpfTap> BpfTap::open(const TapSpec& spec, const TapOptions& options) {
  const bool traced = !spec.tracepoint.empty();
  const bool tai = TapClock().is_tai();
  auto program = traced ? load_trace_program(spec, options, tai) : load_socket_program(spec, options, tai);
  if (!program) return forward(program);
  BpfTap tap(std::move(*program));
  auto attached = traced               ? tap.attach_to_tracepoint()
                  : !spec.hook.empty() ? tap.attach_to_hook(spec, options.old_kernel)
                  : spec.port != 0     ? tap.attach_to_port(spec)
                                       : tap.attach_to_device(spec);
  if (!attached) return forward(attached);
  return tap;
}

std::vector<std::string> BpfTap::points() {
  std::vector<std::string> all = {"in/tc", "out/tc", "in/xdp"};
  all.insert(all.end(), std::begin(kTracepoints), std::end(kTracepoints));
  return all;
}

Result<void> BpfTap::usable() {
  static const Result<void> loaded = []() -> Result<void> {
    auto program =
        load_socket_program({.name = "trial", .netns = "", .device = "lo"}, {}, TapClock().is_tai());
    if (!program) return forward(program);
    return {};
  }();
  return loaded;
}

Result<void> BpfTap::attach_to_device(const TapSpec& spec) {
  auto socket = open_packet_socket(spec);
  if (!socket) return forward(socket);
  if (auto r = attach_filter(socket->get(), program_.program, spec); !r) return r;
  if (spec.direction == Direction::kIn) {
    if (auto r = ignore_outgoing(socket->get()); !r) return r;
  }
  if (auto r = bind_to_device(socket->get(), spec); !r) return r;
  packet_socket_ = std::move(*socket);
  return {};
}

Result<void> BpfTap::attach_to_hook(const TapSpec& spec, bool old_kernel) {
  const auto index = interface_index(spec.device);
  if (!index) return std::unexpected(index.error());
  const bool xdp = spec.hook == "xdp";
  if (!xdp && old_kernel) return attach_to_clsact(spec, *index);
  const std::uint32_t tc = spec.direction == Direction::kIn ? kTcxIngress : kTcxEgress;
  const std::uint32_t type = xdp ? std::uint32_t{BPF_XDP} : tc;
  LinkRequest request{static_cast<std::uint32_t>(bpf_program__fd(program_.program)), *index, type,
                      xdp ? 0u : kBefore};
  const auto fd = syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof request);
  if (fd >= 0) {
    hook_link_ = Fd(static_cast<int>(fd));
    return {};
  }
  const int err = errno;
  if (!xdp && err == EINVAL) return attach_to_clsact(spec, *index);  // a kernel without tcx
  return errno_error(err, fmt::format("tap {}: attach to {} of {}", spec.name, spec.hook, spec.device),
                     err == EBUSY
                         ? "the device has an XDP program already, and can only have one: watch in/tc instead"
                     : xdp ? "the driver or the kernel takes none: watch in/tc instead"
                           : "watch the direction without /tc");
}

Result<void> BpfTap::attach_to_clsact(const TapSpec& spec, unsigned ifindex) {
  auto filter = ClsactFilter::attach(ifindex, spec.direction, bpf_program__fd(program_.program));
  if (!filter) {
    Error e = std::move(filter).error();
    e.what = fmt::format("tap {}: attach to tc of {}: {}", spec.name, spec.device, e.what);
    e.hint += ": watch the direction without /tc";
    return std::unexpected(std::move(e));
  }
  filter_ = std::move(*filter);
  return {};
}

Result<void> BpfTap::attach_to_port(const TapSpec& spec) {
  if (auto opened = open_port({spec.netns, spec.port}, spec); !opened) return opened;
  for (const UdpEnd& end : spec.also) {
    auto inside = NetnsScope::enter(end.netns);
    if (!inside) return forward(inside);
    if (auto opened = open_port(end, spec); !opened) return opened;
  }
  return {};
}

Result<void> BpfTap::open_port(const UdpEnd& end, const TapSpec& spec) {
  auto sockets = open_udp_sockets(end.port, end.netns,
                                  [&](int socket) { return attach_filter(socket, program_.program, spec); });
  if (!sockets) return forward(sockets);
  std::ranges::move(*sockets, std::back_inserter(udp_sockets_));
  return {};
}

Result<void> BpfTap::attach_to_tracepoint() {
  for (const bpf_program* program : {program_.helper, program_.program}) {
    if (program == nullptr) continue;
    auto link = analyzer::attach_to_tracepoint(program);
    if (!link) return forward(link);
    links_.push_back(std::move(*link));
  }
  return {};
}

void BpfTap::detach() noexcept {
  hook_link_ = Fd();
  filter_ = ClsactFilter();
  if (packet_socket_.valid()) detach_packet_socket(packet_socket_.get());
  udp_sockets_.clear();
  links_.clear();
}

std::uint64_t BpfTap::take_drops() noexcept {
  const std::uint64_t drops = program_.rings.totals().drops - told_.drops;
  told_.drops += drops;
  return drops;
}

}  // namespace hopcost::analyzer
