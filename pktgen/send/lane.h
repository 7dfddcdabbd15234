// One lane of a run: what the sending thread counts of it. A run has one lane, or several that take turns
// (pace/turns.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/perf_counters.h"
#include "pktgen/pace/audit.h"
#include "pktgen/pace/lateness_board.h"
#include "pktgen/pace/pace.h"

namespace hopcost::pktgen {

/// Counts of the packets given to the lane's port. Written by the sending thread.
struct LaneCount {
  std::uint64_t first_sequence = 0;
  std::uint64_t given = 0;
  std::uint64_t bytes = 0;  ///< Of their frames, without FCS.

  /// `given`, read by another thread.
  [[nodiscard]] std::uint64_t given_now() const noexcept {
    return std::atomic_ref(const_cast<std::uint64_t&>(given)).load(std::memory_order_relaxed);
  }
  /// Adds packets to the lane's and the run's counts.
  void add(std::uint64_t packets, std::uint64_t more_bytes, SendCount& run, Progress& progress) noexcept {
    std::atomic_ref(given).store(given + packets, std::memory_order_relaxed);
    bytes += more_bytes;
    run.given += packets;
    run.bytes += more_bytes;
    progress.sent.store(run.given, std::memory_order_relaxed);
    progress.bytes.store(run.bytes, std::memory_order_relaxed);
  }
};

/// How much of a port's counts has been charged to lanes. Lanes on one port share this.
struct PortShare {
  std::uint64_t errors = 0, owed = 0;
  std::uint32_t lanes = 0;  ///< Lanes on this port.
};

/// A lane's results during a run. Belongs to the sending thread.
struct LaneRecord {
  LaneCount* count;
  PortShare* port;
  LatenessBoard* board = nullptr;  ///< Where a receiving thread finds how late packets left, or null.
  std::uint64_t refused = 0;       ///< Packets the device did not take.
  Lateness lateness = {};
};

/// Charges the sending thread's counters to lanes: what was counted between two readings goes to the lane
/// whose train lies between them. Where a border between two trains was not read, neither of them is charged.
class LaneMeter {
 public:
  /// Nothing is charged yet.
  explicit LaneMeter(std::size_t lanes) : lanes_(lanes) {}

  /// What a lane was charged.
  struct Charged {
    PerfCounts counts = PerfCounts::zero();
    std::uint64_t packets = 0;  ///< The lane's packets that `counts` cover.
  };

  /// A reading between two trains: `lane` sends next; `given` packets of all lanes have been given so far.
  void border(const PerfCounts& now, std::size_t lane, std::uint64_t given) noexcept {
    if (open_) {
      lanes_[lane_].counts += now.since(last_);
      lanes_[lane_].packets += given - given_;
    }
    open_ = true;
    last_ = now;
    lane_ = lane;
    given_ = given;
  }
  /// This border was not read, because there was no time.
  void skip() noexcept { open_ = false; }

  /// A lane's charge up to the border read last.
  [[nodiscard]] const Charged& of(std::size_t lane) const noexcept { return lanes_[lane]; }

 private:
  std::vector<Charged> lanes_;
  bool open_ = false;
  PerfCounts last_;
  std::size_t lane_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace hopcost::pktgen
