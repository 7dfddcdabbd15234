#include "pktgen/io/device_loss.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace hopcost::pktgen {
namespace {

constexpr int kLooks = 20;
constexpr std::chrono::milliseconds kBetween(1);

std::uint64_t above(std::uint64_t a, std::uint64_t b) noexcept {
  return a > b ? a - b : 0;
}

}  // namespace

std::shared_ptr<DeviceLoss> DeviceLoss::open(const std::string& device) {
  auto counters = DeviceCounters::open(device);
  return std::shared_ptr<DeviceLoss>(
      new DeviceLoss(counters ? std::optional(std::move(*counters)) : std::nullopt));
}

void DeviceLoss::begin(Share& share) noexcept {
  const std::lock_guard lock(mutex_);
  share = {};
  all_ = {};
  if (counters_) before_ = counters_->read();
}

std::uint64_t DeviceLoss::missing(bool faulty) const noexcept {
  const auto now = counters_->read();
  if (!now.there) return 0;
  const std::uint64_t dropped = above(above(now.dropped, before_.dropped), all_.refusals + all_.lost);
  // Some devices count a drop each time the same frame is offered to them.
  const std::uint64_t not_sent = above(above(all_.taken, all_.lost), above(now.packets, before_.packets));
  return faulty ? not_sent : std::min(dropped, not_sent);
}

std::uint64_t DeviceLoss::lost(Share& share, std::uint64_t taken, std::uint64_t refusals,
                               bool faulty) noexcept {
  const std::lock_guard lock(mutex_);
  all_.taken += above(taken, share.taken);
  all_.refusals += above(refusals, share.refusals);
  share.taken = taken;
  share.refusals = refusals;
  if (!counters_) return 0;
  std::uint64_t mine = missing(faulty);
  for (int i = 0; i < kLooks && mine > 0; ++i) {
    std::this_thread::sleep_for(kBetween);
    mine = std::min(mine, missing(faulty));
  }
  mine = std::min(mine, above(share.taken, share.lost));
  share.lost += mine;
  all_.lost += mine;
  return share.lost;
}

}  // namespace hopcost::pktgen
