// A NIC that has what DPDK's API knows of stamps and rate limits: the driver net_ring, which gives back what
// it was sent, with functions of the test's put in front of its own. pktgen opens it like any other port, and
// what it asks goes through DPDK's ethdev library. One at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

struct rte_mbuf;

namespace hopcost::pktgen {

namespace ethdev {
struct Device;
}

/// A clock that began at `start` when the host's was at `epoch`, and goes at a rate of its own.
struct NicClock {
  double ticks_per_ns = 1;
  std::uint64_t start = 0;
  std::uint64_t epoch = 0;  ///< CLOCK_REALTIME, ns.
  [[nodiscard]] std::uint64_t at(std::uint64_t ns) const noexcept;
};

struct NicAbilities {
  bool stamps_received = false;  ///< RTE_ETH_RX_OFFLOAD_TIMESTAMP, once it is asked for.
  bool raw_clock = false;        ///< Those are of rte_eth_read_clock(); else of timesync.
  bool timesync = false;
  bool timesync_wants_offload = false;  ///< As net_ice does.
  bool keeps_arrivals = false;          ///< In timesync's registers, instead of in the frames.
  std::uint32_t stamps_each = 1;        ///< Each so-manieth received frame has a stamp.
  bool limits_rate = false;
  bool sends_on_time = false;
  bool frees_fast = false;  ///< RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE.
  int link_up_after = 0;    ///< Questions about the link: it is down, and has no speed, before.
};

class AbleNic {
 public:
  /// The next dpdk:net_ring that is opened is this, and closed before this ends. Frames arrive kWireNs after
  /// the time in them, and leave kSenderNs after it.
  explicit AbleNic(NicAbilities abilities);
  AbleNic(const AbleNic&) = delete;
  ~AbleNic();

  static constexpr std::uint64_t kWireNs = 150'000, kSenderNs = 70'000;
  static constexpr std::uint32_t kLinkMbps = 10'000;  ///< net_ring's.
  /// A queue and its limit, Mbit/s.
  using Limit = std::pair<std::uint16_t, std::uint32_t>;

  /// The error that the driver gives to a limit above 0, an errno; 0: none.
  void refuse_limits(int code) noexcept { refusal_ = code; }
  /// From now on its raw clock runs at so much of what it did.
  void change_rate(double factor) noexcept;
  /// Whether it was told that it may.
  [[nodiscard]] bool frees_fast() const noexcept;
  /// In the order they were asked for.
  [[nodiscard]] const std::vector<Limit>& limits() const noexcept { return limits_; }
  /// What is wrong with ethdev_layout.h on this machine; empty: nothing.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  struct Driver;  // what DPDK calls

 private:
  void take(ethdev::Device& d);
  void pass(rte_mbuf& m);

  NicAbilities can_;
  NicClock raw_, timesync_;  // changed while nobody sends or receives
  bool taken_ = false;       // by a port
  std::atomic<bool> timesync_on_{false};
  int refusal_ = 0;
  int link_questions_ = 0;
  std::vector<Limit> limits_;
  std::string fault_;
  std::uint64_t frames_ = 0;                              // sent; of the sender's thread
  std::uint64_t departure_ = 0;                           // the register, 0: empty
  std::array<std::atomic<std::uint64_t>, 8> arrivals_{};  // registers
};

}  // namespace hopcost::pktgen
