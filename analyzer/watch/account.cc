#include "analyzer/watch/account.h"

#include "wire/find_probe.h"

namespace hopcost::analyzer {

namespace {
/// The writer is woken no more often than this.
constexpr std::uint64_t kHandOverNs = 50'000'000;
}  // namespace

Account::Account(std::size_t taps, Options options)
    : match_(options.match),
      taps_(taps),
      correlator_options_{.window = options.window, .max_flows = options.max_flows} {
  if (match_ == Match::kProbe) {
    correlator_.emplace(taps, correlator_options_);
  } else {
    matcher_.emplace(taps, options.window);
  }
}

Correlator& Account::beside(std::uint16_t flow) {
  if (!beside_) beside_.emplace(taps_, correlator_options_);
  flow_beside_ = flow;
  return *beside_;
}

bool Account::probe_frame(unsigned tap, const Frame& f) noexcept {
  const auto found = find_probe(f.bytes);
  if (!found) {
    correlator_->foreign(1);
    return false;
  }
  const Probe& p = found->probe;
  correlator_of(p.flow).probe(tap, p, f.ns, f.kind, kUnknownCpu);
  if (capture_ != nullptr) capture_->take({tap, f.ns, std::uint64_t{p.flow} << 48 | p.sequence, p.tx_ns}, f);
  return true;
}

bool Account::frame(unsigned tap, const Frame& f) noexcept {
  if (correlator_) return probe_frame(tap, f);
  const auto id = identify_packet(f.bytes, f.wire_bytes, identity_of(match_));
  if (!id) {
    matcher_->foreign(1);
    return false;
  }
  matcher_->packet(tap, *id, f.ns, f.kind);
  if (capture_ != nullptr) capture_->take({tap, f.ns, id->number, 0, id->flow}, f);
  return true;
}

void Account::listen() {
  correlator_ ? correlator_->listen() : matcher_->listen();
}
void Account::begin() {
  correlator_ ? correlator_->begin() : matcher_->begin();
}
void Account::last_call() noexcept {
  correlator_ ? correlator_->last_call() : matcher_->last_call();
}
void Account::close() noexcept {
  correlator_ ? correlator_->close() : matcher_->close();
}

void Account::settle(std::uint64_t now_ns) noexcept {
  if (matcher_) matcher_->settle(now_ns);
  if (capture_ == nullptr || now_ns - handed_over_ns_ < kHandOverNs) return;
  capture_->hand_over();
  handed_over_ns_ = now_ns;
}

Tallies Account::tallies() const {
  return correlator_ ? Tallies::of(*correlator_) : Tallies::of(*matcher_);
}

Summary Account::total(std::span<const TapFacts> taps) const {
  if (correlator_) return summarise(*correlator_, taps, implied_sent(correlator_->flows()));
  return summarise(*matcher_, taps, match_);
}

Summary Account::interval(const Tallies& passed, std::span<const TapFacts> taps) const {
  Summary s = summarise(passed, taps);
  s.match = match_;
  return s;
}

}  // namespace hopcost::analyzer
