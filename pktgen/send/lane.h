// One lane of a run: what it sends, on which port, and what its thread counts of it. A run has one lane, or
// several that take turns (pace/turns.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/perf_counters.h"
#include "pktgen/pace/audit.h"
#include "pktgen/pace/lateness_board.h"
#include "pktgen/pace/pace.h"

namespace hopcost::pktgen {

/// Packets that went to the lane's port. The sending thread writes them.
struct LaneCount {
  std::uint64_t first_sequence = 0;
  std::uint64_t given = 0;
  std::uint64_t bytes = 0;  ///< Of their frames, without FCS.

  /// `given`, read by another thread.
  [[nodiscard]] std::uint64_t given_now() const noexcept {
    return std::atomic_ref(const_cast<std::uint64_t&>(given)).load(std::memory_order_relaxed);
  }
  /// So many packets more, of the lane and of the run.
  void add(std::uint64_t packets, std::uint64_t more_bytes, SendCount& run, Progress& progress) noexcept {
    std::atomic_ref(given).store(given + packets, std::memory_order_relaxed);
    bytes += more_bytes;
    run.given += packets;
    run.bytes += more_bytes;
    progress.sent.store(run.given, std::memory_order_relaxed);
    progress.bytes.store(run.bytes, std::memory_order_relaxed);
  }
};

/// How much of a port's counts some lane already has: lanes that share a port share it.
struct PortShare {
  std::uint64_t errors = 0, owed = 0;
  std::uint32_t lanes = 0;  ///< On this port.
};

/// How a lane went. Sending thread.
struct LaneRecord {
  LaneCount* count;
  PortShare* port;
  LatenessBoard* board = nullptr;  ///< Where a receiving thread finds how late packets left, or null.
  std::uint64_t refused = 0;       ///< Packets the device did not take.
  Lateness lateness = {};
};

/// Charges the sending thread's counters to the lanes whose trains lie between two readings. A border that
/// was not read leaves the trains on both of its sides out.
class LaneMeter {
 public:
  /// Nothing is charged yet.
  explicit LaneMeter(std::size_t lanes) : lanes_(lanes) {}

  /// What a lane was charged.
  struct Charged {
    PerfCounts counts = PerfCounts::zero();
    std::uint64_t packets = 0;  ///< The counts are of so many of the lane's packets.
  };

  /// A reading between two trains: `lane` is next, and `given` packets of all lanes went so far.
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
  /// There was no time to read.
  void skip() noexcept { open_ = false; }

  /// By the border read last.
  [[nodiscard]] const Charged& of(std::size_t lane) const noexcept { return lanes_[lane]; }

 private:
  std::vector<Charged> lanes_;
  bool open_ = false;
  PerfCounts last_;
  std::size_t lane_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace hopcost::pktgen
