#include "campaign/site/sites.h"

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

Result<std::int64_t> Sites::clock_ahead_ns() {
  if (one_clock()) return 0;
  auto device = device_->clock_ahead_ns();
  if (!device) return device;
  auto tester = tester_->clock_ahead_ns();
  if (!tester) return tester;
  return *device - *tester;
}

}  // namespace hopcost::campaign
