// The correlator's set-up and end. correlator_hot.cc has what it does for each packet.
#include "analyzer/correlate/correlator.h"

#include <algorithm>

namespace hopcost::analyzer {

namespace {

constexpr std::uint64_t kHalfCircle = (kProbeSequenceMask + 1) / 2;

}  // namespace

Correlator::Correlator(std::size_t taps, Options options)
    : table_(taps, taps > 1 ? options.window : 0),
      taps_(taps),
      hops_(taps - 1),
      flows_(std::min(options.max_flows, kMostFlows)),
      flow_slot_(std::size_t{1} << 16, kNoFlow) {
  for (auto& flow : flows_) flow.trackers.assign(taps, SequenceTracker());
}

void Correlator::reset() {
  for (auto& tap : taps_) tap.reset();
  for (auto& hop : hops_) hop.reset();
  table_.clear([](const CorrelationTable::Entry&) {});
  waiting_.clear();
  foreign_ = refused_ = evicted_ = restarts_ = 0;
  train_ = {};
  places_.begin(0, train_);
  for (auto& times : trains_) times.reset();
  sender_cpu_ = kUnknownCpu;
  clock_ahead_ns_ = 0;
  closing_ = false;
}

void Correlator::start_flow(Flow& flow, std::uint64_t sequence) noexcept {
  flow.tx_known = false;
  flow.tx_ns = flow.stamp_ns = 0;
  flow.run = {.tag = static_cast<std::uint16_t>((&flow - flows_.data()) * kTaggedRuns),
              .newest = kEpoch + sequence};
  flow.before = {};
  flow.restarted_ns = flow.length_before = 0;
  flow.from = flow.run.newest - kHalfCircle;
  flow.until = kNone - 1;
  for (auto& tracker : flow.trackers) tracker.reset(flow.from);
}

void Correlator::forget_flows() noexcept {
  for (std::size_t i = 0; i < flows_used_; ++i) flow_slot_[flows_[i].id] = kNoFlow;
  flows_used_ = 0;
}

void Correlator::expect(std::uint16_t flow, const Expected& expected) {
  reset();
  forget_flows();
  flow_slot_[flow] = 0;
  flows_used_ = 1;
  flows_[0].id = flow;
  start_flow(flows_[0], expected.first_sequence & kProbeSequenceMask);
  train_ = expected.train;
  places_.begin(flows_[0].run.newest, train_);
  if (has_trains() && trains_.empty()) trains_.resize(taps_.size());
  sender_cpu_ = expected.sender_cpu;
  clock_ahead_ns_ = static_cast<std::uint64_t>(expected.clock_ahead_ns);
  any_flow_ = false;
  open_ = true;
}

void Correlator::listen() {
  reset();
  forget_flows();
  any_flow_ = true;
  open_ = true;
}

void Correlator::begin() {
  reset();
  for (std::size_t i = 0; i < flows_used_; ++i) {
    Flow& flow = flows_[i];
    flow.from = flow.run.newest + 1;
    flow.run.first = flow.before.first = kNone;
    flow.length_before = 0;
    for (auto& tracker : flow.trackers) tracker.reset(flow.from);
  }
}

void Correlator::last_call() noexcept {
  closing_ = true;
  for (std::size_t i = 0; i < flows_used_; ++i) flows_[i].until = flows_[i].run.newest;
}

void Correlator::close() noexcept {
  table_.clear([this](const CorrelationTable::Entry& e) noexcept { finalise(e); });
  open_ = false;
}

std::vector<FlowSpan> Correlator::flows() const {
  std::vector<FlowSpan> spans;
  for (std::size_t i = 0; i < flows_used_; ++i) {
    const Flow& f = flows_[i];
    if (!f.run.any()) continue;
    spans.push_back({f.id, f.run.first & kProbeSequenceMask, f.run.newest & kProbeSequenceMask,
                     f.length_before + f.before.length() + f.run.length()});
  }
  return spans;
}

}  // namespace hopcost::analyzer
