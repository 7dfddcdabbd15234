// Frames made in the kernel: BPF_PROG_RUN with BPF_F_TEST_XDP_LIVE_FRAMES
// (Documentation/bpf/bpf_prog_run.rst) runs an XDP program once per frame, and the program's redirect sends
// the frame out of a device. One owner thread a run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/device_counters.h"
#include "base/fd.h"
#include "base/mapped_memory.h"
#include "pktgen/io/maker_port.h"
#include "pktgen/io/tx_ledger.h"
#include "pktgen/io/xdp/dispatcher_place.h"
#include "pktgen/io/xdp/frame_program.h"

namespace hopcost::pktgen {

class XdpTx {
 public:
  /// For a device of the calling thread's namespace; `ledger` is the device's. `counts_at_once`: the device
  /// counts a frame as soon as it has it, so counters that stand still show that it does not take frames.
  /// Errors: kPrivilege without CAP_BPF and CAP_NET_ADMIN; kMissing when the kernel has no map of devices.
  [[nodiscard]] static Result<std::unique_ptr<XdpTx>> open(const std::string& device, unsigned ifindex,
                                                           bool counts_at_once, TxLedger ledger);

  /// Assembles and loads the program. Errors: kUsage when the program can't make such a frame, or it is above
  /// a page; kMissing when the kernel is older than 5.18, or 6.1 with stamps.
  [[nodiscard]] Result<void> prepare(const FrameTemplate& t, const FrameNumbering& numbering);
  [[nodiscard]] std::uint64_t make(std::uint32_t n) noexcept;
  [[nodiscard]] std::uint64_t errors() const noexcept;
  void settle() noexcept;
  [[nodiscard]] int failed() const noexcept { return failed_ != 0 ? failed_ : ledger_.fault(); }
  /// A note on what its counts mean, for results.
  [[nodiscard]] std::string note() const;

 private:
  XdpTx(TxLedger ledger, DeviceCounters counters, DispatcherPlace place, Fd devices, Fd state,
        MappedMemory shared)
      : ledger_(std::move(ledger)),
        counters_(std::move(counters)),
        place_(std::move(place)),
        devices_(std::move(devices)),
        state_map_(std::move(state)),
        shared_(std::move(shared)) {}
  [[nodiscard]] volatile FrameState& state() const noexcept {
    return *reinterpret_cast<volatile FrameState*>(shared_.data());
  }
  [[nodiscard]] int run(std::uint32_t repeat) noexcept;
  void look_at_counters() noexcept;

  TxLedger ledger_;
  DeviceCounters counters_;
  DispatcherPlace place_;
  Fd devices_, state_map_, program_;
  MappedMemory shared_;                  // the state map's value
  std::array<std::byte, 4096> frame_{};  // the largest frame fits in a page
  std::uint32_t frame_bytes_ = 0;
  DeviceCounters::Reading before_;
  std::uint64_t lost_ = 0;   // frames lost in this run, by the device's counters
  std::uint64_t first_ = 0;  // first sequence of this run
  int failed_ = 0;
  bool counts_at_once_ = false;
  bool seen_ = false;  // whether the device counted a frame of this run
};

static_assert(MakerPort<XdpTx>);

}  // namespace hopcost::pktgen
