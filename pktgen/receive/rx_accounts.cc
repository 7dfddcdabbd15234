#include "pktgen/receive/rx_accounts.h"

#include <algorithm>
#include <limits>

#include "wire/find_probe.h"

namespace hopcost::pktgen {

RxAccounts::RxAccounts(std::vector<RxAccount> accounts)
    : accounts_(std::move(accounts)),
      of_flow_(std::numeric_limits<std::uint16_t>::max() + std::size_t{1},
               static_cast<std::uint32_t>(accounts_.size())) {
  for (std::size_t i = 0; i < accounts_.size(); ++i)
    of_flow_[accounts_[i].flow()] = static_cast<std::uint32_t>(i);
}

void RxAccounts::take_pages() noexcept {
  for (std::size_t i = 0; i < std::min(accounts_.size(), kFlowsWithPages); ++i) accounts_[i].take_pages();
}

void RxAccounts::see(std::span<const std::byte> frame, std::uint64_t rx_ns) noexcept {
  const auto found = find_probe(frame);
  const Probe p = found ? complete(found->probe, rx_ns) : Probe{};
  if (!found || of_flow_[p.flow] == accounts_.size() || p.tx_ns < since_ns_) {
    ++foreign_;
    return;
  }
  const std::size_t flow = of_flow_[p.flow];
  RxAccount& account = accounts_[flow];
  const std::uint64_t before = account.sequences().received();
  const auto latency = account.take(p, rx_ns, recorder_ == nullptr ? nullptr : &recorder_->now(flow));
  if (account.sequences().received() == before) return;
  ++received_;
  if (live_.empty()) return;
  live_[flow].received.store(account.sequences().received(), std::memory_order_relaxed);
  if (latency) live_[flow].latency.record(*latency);
}

void RxAccounts::merge(const RxAccounts& other) {
  for (std::size_t i = 0; i < accounts_.size(); ++i) accounts_[i].merge(other.accounts_[i]);
  received_ += other.received_;
  foreign_ += other.foreign_;
}

}  // namespace hopcost::pktgen
