#include "pktgen/reflect/port_reflector.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "pktgen/pace/thread.h"
#include "wire/layout.h"

namespace hopcost::pktgen {
namespace {

/// The device's longest frame with one VLAN tag, no FCS; at most what send()'s 16-bit lengths can hold.
std::size_t longest_of(const PortInfo& info) {
  constexpr std::size_t kMost = 0xffff;
  return std::min(kMost, info.mtu + layout::kEthBytes + layout::kVlanBytes);
}

template <class P>
constexpr bool kReflects = requires(P p) {
  requires SizedTxPort<std::remove_reference_t<decltype(*p.tx)>>;
};

/// What a port's own receive stamps are called.
template <class Rx>
const char* stamp_name(const Rx& rx) noexcept {
  if constexpr (requires { rx.stamp_name(); }) return rx.stamp_name();
  return "kernel";
}

}  // namespace

Result<std::unique_ptr<PortReflector>> PortReflector::start(AnyPort port, const TscClock& clock, int cpu,
                                                            const ReflectLimits& limits) {
  std::unique_ptr<PortReflector> r(new PortReflector(std::move(port), clock));
  const PortInfo& info = info_of(r->port_);
  auto prepared = std::visit(
      [&](auto& p) -> Result<void> {
        if constexpr (kReflects<std::remove_reference_t<decltype(p)>>) {
          if (p.tx && p.rx) return p.tx->prepare(std::vector<std::byte>(longest_of(info)));
        }
        return error(Exit::kUsage, fmt::format("{} can't both send and receive", info.backend));
      },
      r->port_);
  if (!prepared) return forward(prepared);
  r->thread_ = std::thread([self = r.get(), cpu, limits] {
    std::visit([&](auto& p) { self->work(p, cpu, limits); }, self->port_);
    self->over_.store(true, std::memory_order_release);
  });
  return r;
}

template <class P>
void PortReflector::work(P& port, int cpu, const ReflectLimits& limits) noexcept {
  if constexpr (kReflects<P>) {
    if (auto ok = pin_to_cpu(cpu); !ok) log_warn("{}", describe(ok.error()));
    TscRunClock clock(clock_);
    const ReflectJob job{.own = port.info.mac,
                         .longest = longest_of(port.info),
                         .count = limits.count,
                         .ticks = limits.duration_ns == ~std::uint64_t{0}
                                      ? ~std::uint64_t{0}
                                      : clock_.ticks_in(static_cast<double>(limits.duration_ns)),
                         .progress = progress_};
    const std::uint64_t refused_before = port.tx->errors();
    const std::uint64_t start = clock.now();
    ReflectLoop loop(*port.tx, *port.rx, clock, job);
    result_.end = loop.run();
    result_.elapsed_ns = static_cast<std::uint64_t>(clock_.span_ns(clock.now() - start));
    result_.port_errno = port.tx->failed() != 0 ? port.tx->failed() : port.rx->failed();
    result_.counts = loop.counts();
    result_.residence = std::move(loop.residence());
    if constexpr (SettlingPort<std::remove_reference_t<decltype(*port.tx)>>) port.tx->settle();
    result_.tx_errors = port.tx->owed() + port.tx->errors() - refused_before;
    result_.drops = port.rx->drops();
    if (result_.counts.of(TurnVerdict::kTurn) > 0)
      result_.stamp = loop.port_stamps() ? stamp_name(*port.rx) : "user";
  }
}

PortReflector::~PortReflector() {
  progress_.stop.store(true, std::memory_order_relaxed);
  if (thread_.joinable()) thread_.join();
}

ReflectResult PortReflector::finish() {
  progress_.stop.store(true, std::memory_order_relaxed);
  thread_.join();
  return std::move(result_);
}

}  // namespace hopcost::pktgen
