#include "campaign/site/sites.h"

#include "base/clock.h"

namespace hopcost::campaign {
namespace {

Result<std::unique_ptr<Site>> open_site(const SiteConfig& config) {
  if (config.host.empty()) return this_machine();
  return connect(config);
}

}  // namespace

Result<Sites> Sites::open(const Config& config) {
  Sites sites;
  auto tester = open_site(config.tester);
  if (!tester) return forward(tester);
  sites.tester_ = std::move(*tester);
  if (!same_place(config.tester, config.device)) {
    auto device = open_site(config.device);
    if (!device) return forward(device);
    sites.device_ = std::move(*device);
  }
  if (auto r = sites.tester().lock(); !r) return forward(r);
  if (auto r = sites.device().lock(); !r) return forward(r);
  return sites;
}

Result<void> Sites::become_able(bool rootless) {
  if (auto r = tester().become_able(rootless); !r) return r;
  return device_ ? device_->become_able(rootless) : Result<void>();
}

Result<void> Sites::place(const Config& config) {
  auto placement = tester().place(config.sender_cpu, config.steer);
  if (!placement) return forward(placement);
  placement_ = std::move(*placement);
  return {};
}

Result<ClocksApart> Sites::clocks_apart() {
  const std::uint64_t at = kernel_clock_ns(CLOCK_MONOTONIC);
  auto theirs = device().clock();
  if (!theirs) return forward(theirs);
  auto ours = tester().clock();
  if (!ours) return forward(ours);
  ClocksApart apart{
      .at_ns = at + (kernel_clock_ns(CLOCK_MONOTONIC) - at) / 2,
      .ahead = {theirs->ahead.lo_ns - ours->ahead.hi_ns, theirs->ahead.hi_ns - ours->ahead.lo_ns},
      .both_errors_ns = {}};
  if (theirs->max_error_ns && ours->max_error_ns)
    apart.both_errors_ns = *theirs->max_error_ns + *ours->max_error_ns;
  return apart;
}

}  // namespace hopcost::campaign
