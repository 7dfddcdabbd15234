#include "campaign/bench/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/clock.h"
#include "base/control.h"
#include "base/log.h"
#include "campaign/design/slot_length.h"

namespace hopcost::campaign {
namespace {

/// So many packets, sent this fast, get the kernel's set-up for a new container over with.
constexpr std::uint32_t kWarmUpPackets = 4;
constexpr double kWarmUpPps = 100'000;

/// Steers packets at the device's end of the wire to `cpu` (RPS); what follows stays on that CPU.
void steer(nsglue::Topology& topology, int cpu) {
  const nsglue::Device* const sender = topology.find(topology.sender);
  if (sender == nullptr || !sender->peer) return;
  for (nsglue::Device& d : topology.devices) {
    if (d.at == *sender->peer) d.rps_cpus = fmt::format("{:x}", std::uint64_t{1} << cpu);
  }
}

}  // namespace

Bench::Bench(const Config& config, Layout layout, Sites& sites)
    : config_(config),
      layout_(std::move(layout)),
      levels_(levels(config)),
      draw_(config.seed),
      sites_(&sites) {}

Result<Bench> Bench::open(const Config& config, Layout layout, Sites& sites) {
  const std::size_t instances = instances_in(config, layout.lanes.size());
  Bench bench(config, side_by_side(std::move(layout), instances), sites);
  if (const auto device = sites.placement().device) {
    for (auto& t : bench.layout_.topologies) steer(t, *device);
    bench.awake_.emplace(*device);
  }
  if (auto looked = bench.look_at_nics(); !looked) return forward(looked);
  if (auto read = bench.read_clocks(); !read) return forward(read);
  auto stand = bench.next_stand();
  if (!stand) return forward(stand);
  bench.stand_.emplace(std::move(*stand));
  if (auto r = bench.warm_up(); !r) return forward(r);
  return bench;
}

/// Checks the NICs of both sites: the tester's sends the packets, the device's receives them.
Result<void> Bench::look_at_nics() {
  if (config_.device.nic.empty()) return {};
  auto from = sites_->tester().nic(config_.tester.nic);
  if (!from) return forward(from);
  auto to = sites_->device().deal_from(config_.device.nic, config_.device.wire);
  if (!to) return forward(to);
  if (to->nic.rx_queues > 1)
    log_warn(
        "{} of {} has {} receive queues, so that modes may be received by different CPUs: see doc/bench.md",
        to->nic.device, sites_->device().name(), to->nic.rx_queues);
  if (!to->reason.empty())
    log_info("{} deals frames by macvlan and a bridge: {}", sites_->device().name(), to->reason);
  wire_ = to->wire;
  const std::size_t ports = layout_.topologies.size();
  if (config_.backend == "af_xdp" && from->tx_queues < ports)
    return error(Exit::kUsage,
                 fmt::format("af_xdp needs a transmit queue for each of {} ports, and {} of {} has {}", ports,
                             from->device, sites_->tester().name(), from->tx_queues),
                 "use --backend af_packet");
  return {};
}

Result<void> Bench::read_clocks() {
  if (sites_->one_clock()) return {};
  auto apart = sites_->clocks_apart();
  if (!apart) return forward(apart);
  if (link_) {
    link_->read(*apart);
    return {};
  }
  auto link = ClockLink::open(*apart, config_.clock_bound_ns);
  if (!link) return forward(link);
  link_.emplace(std::move(*link));
  return {};
}

const std::optional<ClockLink>& Bench::clocks_at_the_end() {
  (void)read_clocks();  // where a site has gone, the readings so far have to do
  return link_;
}

Result<Stand> Bench::next_stand() {
  auto children = Stand::spawn(*sites_);
  if (!children) return forward(children);
  auto build = Build::raise(sites_->device(), layout_.topologies, builds_++, draw_);
  if (!build) return forward(build);
  if (builds_ == 1) {  // later builds are made in the same way
    if (auto proven = build->prove(); !proven) return forward(proven);
  }
  if (!config_.device.nic.empty()) {
    if (auto wired = build->wire_to(config_.tester.nic); !wired) return forward(wired);
  }
  if (stand_ && config_.tap_kind == "auto") config_.tap_kind = stand_->tap_kind();  // asked once a run
  return Stand::put_up(std::make_shared<Build>(std::move(*build)), std::move(*children), config_, *sites_,
                       draw_);
}

Result<void> Bench::renew() {
  // The current build may hold what the next one needs: its sockets' ports, or the NIC's queues.
  const bool queues = config_.backend == "af_xdp" && !config_.tester.nic.empty();
  if (queues || std::ranges::any_of(layout_.topologies, &nsglue::Topology::adopted)) stand_.reset();
  (void)read_clocks();  // a site that has gone is told by what follows
  auto next = next_stand();
  if (!next) return forward(next);
  stand_.emplace(std::move(*next));
  return warm_up();
}

Result<std::vector<Drifted>> Bench::drift() const {
  if (stand_) return build().drift();
  std::vector<Drifted> found;
  for (const nsglue::Topology& t : layout_.topologies) {
    if (!t.adopted()) continue;  // gone together with its stand
    auto differences = nsglue::check(t, t.name);
    if (!differences) return forward(differences);
    for (const auto& d : *differences) found.push_back({t.name, nsglue::text(d)});
  }
  return found;
}

SlotRequest Bench::next_request(const std::vector<Lane>& lanes, const std::vector<std::size_t>& order,
                                const Load& load, const Trains& trains, std::uint32_t rounds,
                                const Dealing* dealing) {
  const std::uint16_t first_flow = next_flow_;
  next_flow_ = static_cast<std::uint16_t>(next_flow_ + lanes.size());
  return {.lanes = lanes,
          .order = order,
          .paths = build().paths(),
          .load = load,
          .trains = trains,
          .rounds = rounds,
          .gap = config_.gap,
          .first_flow = first_flow,
          .seed = draw_.bits() >> 12,
          .sender_cpu = link_ ? -1 : sites_->placement().sender,
          .ipv6 = config_.ipv6,
          .clock_ahead_ns = link_ ? link_->ahead_ns() : 0,
          .dealing = dealing};
}

Result<void> Bench::warm_up() {
  std::set<std::uint32_t> warm;
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    Load load = levels_[level];
    if (load.containers == 1 || !warm.insert(load.containers).second) continue;
    load.burst = 1;
    load.deal = Deal::kSpread;
    load.rate_pps = std::max(load.rate_pps, kWarmUpPps);
    const std::vector<Lane> lanes = layout_.at(level, 0);
    const Trains trains;
    const std::uint32_t rounds = kWarmUpPackets * load.containers / (2 * trains.departures) + 1;
    const auto order = draw_order(lanes.size(), draw_);
    const Dealing dealing = Dealing::draw(load, packets_a_lane(rounds, trains, load), draw_);
    auto sent = stand_->send(next_request(lanes, order, load, trains, rounds, &dealing));
    if (!sent) return forward(sent);
  }
  return {};
}

Result<SlotResult> Bench::run(const PlannedSlot& planned, const Trains& trains) {
  const std::vector<Lane> lanes = layout_.at(planned.level, planned.instance);
  if (auto r = stand_->set_taps(planned, lanes); !r) return forward(r);
  const Load& load = levels_[planned.level];
  const std::uint32_t rounds = slot_rounds(config_.slot_ms, trains, load, lanes.size(), planned.stretch);
  const std::uint64_t packets = packets_a_lane(rounds, trains, load);
  const std::vector<std::size_t> order = draw_order(lanes.size(), draw_);
  std::optional<Dealing> dealing;
  if (load.containers > 1) dealing = Dealing::draw(load, packets, draw_);
  const SlotRequest request = next_request(lanes, order, load, trains, rounds, dealing ? &*dealing : nullptr);
  const std::uint64_t begun = kernel_clock_ns(CLOCK_MONOTONIC);
  auto slot = stand_->run(request, config_.gates);
  if (!slot) return forward(slot);
  if (link_)
    link_->learn(begun + (kernel_clock_ns(CLOCK_MONOTONIC) - begun) / 2, slot->lanes.front().pairs.back());
  slot->plan = planned;
  return slot;
}

}  // namespace hopcost::campaign
