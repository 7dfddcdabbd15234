#include "pktgen/reflect/xdp/xdp_reflector.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <vector>

#include "base/device_counters.h"
#include "base/netns.h"
#include "pktgen/io/any_port.h"
#include "pktgen/io/device.h"
#include "pktgen/io/link_watch.h"
#include "pktgen/reflect/xdp/counters.h"
#include "reflect.bpf.skel.h"

namespace hopcost::pktgen {
namespace {

using std::chrono::steady_clock;

static_assert(HOPCOST_TURNS == kTurnVerdicts && HOPCOST_TURN == static_cast<int>(TurnVerdict::kTurn) &&
              HOPCOST_FOREIGN == static_cast<int>(TurnVerdict::kForeign) &&
              HOPCOST_NOT_OURS == static_cast<int>(TurnVerdict::kNotOurs) &&
              HOPCOST_REFLECTED == static_cast<int>(TurnVerdict::kReflected) &&
              HOPCOST_MALFORMED == static_cast<int>(TurnVerdict::kMalformed));

struct Destroy {
  void operator()(reflect_bpf* skeleton) const noexcept { reflect_bpf::destroy(skeleton); }
};
using Skeleton = std::unique_ptr<reflect_bpf, Destroy>;

/// The middle of a step of the program's own histogram.
std::uint64_t middle_of(std::uint32_t step) {
  if (step < HOPCOST_EXACT_STEPS) return step;
  const std::uint32_t doubled = step / HOPCOST_HALF_STEPS - 1;
  const std::uint64_t lowest = std::uint64_t{step - doubled * HOPCOST_HALF_STEPS} << doubled;
  return lowest + (std::uint64_t{1} << doubled) / 2;
}

Result<Skeleton> load(const MacAddress& own, std::uint64_t limit, bool by_redirect) {
  libbpf_set_print(nullptr);  // what matters comes as an errno
  Skeleton skeleton(reflect_bpf::open());
  if (!skeleton) return errno_error(errno, "read the reflecting XDP program");
  std::transform(own.bytes.begin(), own.bytes.end(), skeleton->rodata->own_mac,
                 [](std::byte b) { return static_cast<unsigned char>(b); });
  skeleton->rodata->limit = limit;
  skeleton->rodata->by_redirect = by_redirect ? 1 : 0;
  if (const int err = reflect_bpf::load(skeleton.get()); err != 0)
    return errno_error(-err, "load the reflecting XDP program",
                       err == -EPERM ? "needs CAP_BPF and CAP_NET_ADMIN: run with sudo" : "");
  return skeleton;
}

Result<Fd> attach(const Skeleton& skeleton, unsigned ifindex, XdpMode mode, bool& native) {
  const auto link = [&](unsigned flags) {
    bpf_link_create_opts options{};
    options.sz = sizeof options;
    options.flags = flags;
    return Fd(bpf_link_create(bpf_program__fd(skeleton->progs.reflect), static_cast<int>(ifindex), BPF_XDP,
                              &options));
  };
  native = mode != XdpMode::kSkb;
  Fd fd = link(native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
  if (!fd.valid() && native && errno != EBUSY && errno != EPERM) {
    native = false;
    fd = link(XDP_FLAGS_SKB_MODE);
  }
  if (fd.valid()) return fd;
  const char* hint = errno == EBUSY   ? "another XDP program is attached: see ip link, and detach it"
                     : errno == EPERM ? "needs CAP_BPF and CAP_NET_ADMIN: run with sudo"
                                      : "";
  return errno_error(errno, "attach the reflecting XDP program", hint);
}

class Attached final : public XdpReflector {
 public:
  Attached(PortInfo info, const ReflectLimits& limits, std::shared_ptr<LinkWatch> link, Skeleton skeleton,
           Fd attachment, DeviceCounters counters)
      : info_(std::move(info)),
        limits_(limits),
        link_(std::move(link)),
        skeleton_(std::move(skeleton)),
        attachment_(std::move(attachment)),
        counters_(std::move(counters)),
        before_(counters_.read()) {}

  const PortInfo& info() const noexcept override { return info_; }
  bool over() noexcept override;
  ReflectCounts counts() override { return {.seen = read().seen, .no_room = 0}; }
  ReflectResult finish() override;

 private:
  struct Sums {
    std::array<std::uint64_t, kTurnVerdicts> seen{};
    HdrHistogram residence;
  };
  [[nodiscard]] Sums read() const;
  [[nodiscard]] std::uint64_t elapsed_ns() const {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(steady_clock::now() - start_).count());
  }
  [[nodiscard]] std::uint64_t errors(std::uint64_t turned) const;
  [[nodiscard]] std::string note(std::uint64_t errors) const;

  PortInfo info_;
  ReflectLimits limits_;
  std::shared_ptr<LinkWatch> link_;
  Skeleton skeleton_;
  Fd attachment_;
  DeviceCounters counters_;
  DeviceCounters::Reading before_;
  steady_clock::time_point start_ = steady_clock::now();
  int failed_ = 0;
};

Attached::Sums Attached::read() const {
  std::vector<hopcost_turns> each(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  const std::uint32_t zero = 0;
  Sums sums;
  if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.turns), &zero, each.data()) != 0) return sums;
  for (const auto& cpu : each) {
    for (std::size_t i = 0; i < sums.seen.size(); ++i) sums.seen[i] += cpu.seen[i];
    for (std::uint32_t step = 0; step < HOPCOST_STEPS; ++step)
      if (cpu.residence[step] > 0) sums.residence.record_n(middle_of(step), cpu.residence[step]);
  }
  return sums;
}

bool Attached::over() noexcept {
  if (failed_ == 0) failed_ = link_->fault();  // nothing else reports a device that is gone
  return failed_ != 0 || elapsed_ns() >= limits_.duration_ns ||
         counts().of(TurnVerdict::kTurn) >= limits_.count;
}

/// veth counts at once what it sent, but not what its other end refused.
std::uint64_t Attached::errors(std::uint64_t turned) const {
  const auto now = counters_.read();
  if (!now.there) return 0;
  const std::uint64_t dropped = now.dropped - std::min(now.dropped, before_.dropped);
  if (info_.driver != "veth") return std::min(turned, dropped);
  const std::uint64_t sent = now.packets - std::min(now.packets, before_.packets);
  return turned - std::min(turned, sent);
}

std::string Attached::note(std::uint64_t errors) const {
  if (info_.driver != "veth")
    return "what the device did with the probes is known from its own counters alone";
  if (errors == 0) return "";
  return "the other end of this veth takes nothing that XDP sends: switch GRO on there (ethtool -K DEVICE "
         "gro on), "
         "receive with AF_XDP there, or reflect at xdp:DEVICE,mode=skb";
}

ReflectResult Attached::finish() {
  ReflectResult r;
  r.elapsed_ns = elapsed_ns();
  const bool done = over();
  r.end = failed_ != 0 ? SendEnd::kPortFailed : done ? SendEnd::kDone : SendEnd::kStopped;
  r.port_errno = failed_;
  attachment_.reset();
  Sums sums = read();
  r.counts.seen = sums.seen;
  r.residence = std::move(sums.residence);
  r.tx_errors = errors(sums.seen[static_cast<std::size_t>(TurnVerdict::kTurn)]);
  r.stamp = "program";
  r.note = note(r.tx_errors);
  return r;
}

}  // namespace

Result<std::unique_ptr<XdpReflector>> XdpReflector::open(const PortOptions& o, const ReflectLimits& limits) {
  auto scope = NetnsScope::enter(o.spec.netns);
  if (!scope) return forward(scope);
  if (auto ok = check_default_route(o); !ok) return forward(ok);
  auto link = LinkWatch::open(o.spec.device);
  if (!link) return forward(link);
  auto device = read_device(o.spec.device);
  if (!device) return forward(device);
  auto skeleton = load(device->mac, limits.count, device->driver == "veth" && o.spec.mode != XdpMode::kSkb);
  if (!skeleton) return forward(skeleton);
  bool native = false;
  auto counters = DeviceCounters::open(o.spec.device);
  if (!counters) return forward(counters);
  auto attachment = attach(*skeleton, device->index, o.spec.mode, native);
  if (!attachment) return forward(attachment);
  if (auto ok = (*link)->await(); !ok) return forward(ok);
  PortInfo info{.backend = "xdp",
                .mode = native ? "native" : "generic",
                .driver = device->driver,
                .mac = device->mac,
                .mtu = device->mtu,
                .numa = device->numa,
                .link_mbps = device->link_mbps,
                .keeps_bpf = true};
  return std::make_unique<Attached>(std::move(info), limits, std::move(*link), std::move(*skeleton),
                                    std::move(*attachment), std::move(*counters));
}

}  // namespace hopcost::pktgen
