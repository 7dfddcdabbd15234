#include "analyzer/watch/account.h"

#include "wire/find_probe.h"

namespace hopcost::analyzer {

namespace {
/// settle() wakes the writer no more often than this.
constexpr std::uint64_t kHandOverNs = 50'000'000;
}  // namespace

Account::Account(std::size_t taps, Options options) : match_(options.match) {
  if (match_ == Match::kProbe) {
    lanes_.emplace(taps, Correlator::Options{.window = options.window, .max_flows = options.max_flows});
  } else {
    matcher_.emplace(taps, options.window);
  }
}

bool Account::probe_frame(unsigned tap, const Frame& f) noexcept {
  const auto found = find_probe(f.bytes);
  if (!found) {
    lanes_->first().foreign(1);
    return false;
  }
  const Probe& p = found->probe;
  lanes_->of(p.flow).probe(tap, p, f.ns, f.kind, kUnknownCpu);
  if (capture_ != nullptr) capture_->take({tap, f.ns, std::uint64_t{p.flow} << 48 | p.sequence, p.tx_ns}, f);
  return true;
}

bool Account::frame(unsigned tap, const Frame& f) noexcept {
  if (lanes_) return probe_frame(tap, f);
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
  lanes_ ? lanes_->first().listen() : matcher_->listen();
}
void Account::begin() {
  lanes_ ? lanes_->first().begin() : matcher_->begin();
}
void Account::last_call() noexcept {
  lanes_ ? lanes_->first().last_call() : matcher_->last_call();
}
void Account::close() noexcept {
  lanes_ ? lanes_->first().close() : matcher_->close();
}

void Account::settle(std::uint64_t now_ns) noexcept {
  if (matcher_) matcher_->settle(now_ns);
  if (capture_ == nullptr || now_ns - handed_over_ns_ < kHandOverNs) return;
  capture_->hand_over();
  handed_over_ns_ = now_ns;
}

Tallies Account::tallies() const {
  return lanes_ ? Tallies::of(lanes_->first()) : Tallies::of(*matcher_);
}

Summary Account::total(std::span<const TapFacts> taps) const {
  if (lanes_) return summarise(lanes_->first(), taps, implied_sent(lanes_->first().flows()));
  return summarise(*matcher_, taps, match_);
}

Summary Account::interval(const Tallies& passed, std::span<const TapFacts> taps) const {
  Summary s = summarise(passed, taps);
  s.match = match_;
  return s;
}

}  // namespace hopcost::analyzer
