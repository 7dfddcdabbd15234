// What a sending port knows of the kernel device under it: the link's state, and how many frames the device
// took and did not send. fault() is for the hot path, the rest is for before and after a run. One owner
// thread.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "pktgen/io/device_loss.h"
#include "pktgen/io/link_watch.h"

namespace hopcost::pktgen {

/// A copy serves another port on the same device.
class TxLedger {
 public:
  /// For a device of the calling thread's namespace; watches its link. `any_carrier`: a carrier that goes
  /// afterwards is no fault. Errors: as LinkWatch::open.
  [[nodiscard]] static Result<TxLedger> open(const std::string& device, bool any_carrier = false) {
    auto link = LinkWatch::open(device);
    if (!link) return forward(link);
    if (any_carrier) (*link)->bear_lost_carrier();
    return TxLedger(std::move(*link), DeviceLoss::open(device));
  }
  /// Both belong to the device and are shared by its ports.
  TxLedger(std::shared_ptr<LinkWatch> link, std::shared_ptr<DeviceLoss> loss)
      : link_(std::move(link)), loss_(std::move(loss)) {}

  /// Begins a run.
  void begin() noexcept {
    link_->look();
    mtu_ = link_->mtu();
    loss_->begin(share_);
  }
  /// LinkState::fault at the last look.
  [[nodiscard]] int fault() const noexcept { return link_->fault(); }
  /// How many of the run's `taken` frames the device did not send. `refusals` are drops that the kernel
  /// reported: they are not among `taken`, but the device counts them. Looks at the link.
  [[nodiscard]] std::uint64_t lost(std::uint64_t taken, std::uint64_t refusals = 0) noexcept {
    return loss_->lost(share_, taken, refusals, link_->look() != 0);
  }
  /// A note for people if the MTU has changed during the run; else empty.
  [[nodiscard]] std::string note() const {
    if (link_->mtu() == mtu_) return {};
    return fmt::format("the MTU of the device went from {} to {} in mid-run", mtu_, link_->mtu());
  }
  /// DeviceLoss::dropped(); takes some ten microseconds.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return loss_->dropped(); }
  [[nodiscard]] const std::shared_ptr<LinkWatch>& link() const noexcept { return link_; }

 private:
  std::shared_ptr<LinkWatch> link_;
  std::shared_ptr<DeviceLoss> loss_;
  DeviceLoss::Share share_;
  std::uint32_t mtu_ = 0;  // at the run's begin
};

}  // namespace hopcost::pktgen
