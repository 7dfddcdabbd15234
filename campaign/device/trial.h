// One trial of a device: what was asked, what came of it, and whether it counts. Pure. Any thread. Includes
// stats.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stats/search/goal.h"

namespace hopcost::campaign {

/// What is to be sent, in each direction.
struct TrialPlan {
  std::string size;         ///< Bytes with FCS, or "imix".
  double fps = 0;           ///< Frames a second; 0: as fast as the tester can.
  double duration_s = 0;    ///< Of the stream; 0 with a burst.
  std::uint64_t burst = 0;  ///< Frames back to back at `fps`; 0: a stream.
  double then_fps = 0;      ///< After duration_s, for then_s; 0: nothing.
  double then_s = 0;
  std::string command = {};  ///< Run in a shell in the middle of the stream; empty: none.
  /// Up to this share of loss it does not matter whether the tester was disturbed. Is no part of the key.
  double tolerated_loss = 0;

  /// Frames that the plan sends; 0 where it sends as fast as it can.
  [[nodiscard]] std::uint64_t frames() const;
  /// How long sending takes by the plan.
  [[nodiscard]] double seconds() const;
  /// How long it may take: at a rate that is 0.1 % lower, and 2 ms for a CPU that is taken away. Frames that
  /// have not left by then are not sent.
  [[nodiscard]] double longest_seconds() const;
  /// One line that tells it from any other plan.
  [[nodiscard]] std::string key() const;
};

/// What became of queries to the device itself (management.h).
struct Queries {
  std::uint64_t asked = 0, answered = 0;
  /// Both together.
  void add(const Queries& more) noexcept {
    asked += more.asked;
    answered += more.answered;
  }
};

/// Frames at the tester's and the device's ports while a trial lasted, by their own counters; nothing where
/// there are none.
struct PortDeltas {
  std::optional<std::uint64_t> device_in, device_out, tester_in;
  std::optional<std::uint64_t> answers;  ///< That came back to the port frames leave from.
  std::optional<std::uint64_t> flooded;  ///< That came out at a third port.
  Queries queries = {};                  ///< Went in and came back beside the stream.
  std::uint64_t not_the_streams = 0;     ///< Answers to queries that came to the receiving port.
};

/// One flow of a trial.
struct FlowCounts {
  std::uint64_t flow = 0, sent = 0, lost = 0;
};

/// Where frames were lost, as far as counters tell; each 0 and above.
struct Losses {
  std::uint64_t unsent = 0;             ///< Planned, and never sent: the tester's.
  std::uint64_t receiver = 0;           ///< At the tester's port, and not taken off it in time: the tester's.
  std::optional<std::uint64_t> wire;    ///< Between the ports of the two.
  std::optional<std::uint64_t> device;  ///< Went into the device, and not out of it.
};

/// What came of a trial, of all its ways together.
struct TrialResult {
  std::uint64_t offered = 0;  ///< Planned, or sent where that is more.
  std::uint64_t sent = 0, received = 0;
  std::uint64_t lost = 0;  ///< offered - received, 0 and above: what was never sent counts.
  std::uint64_t duplicates = 0, reordered = 0, foreign = 0;
  double elapsed_s = 0;  ///< Of sending.
  Losses losses;
  std::vector<FlowCounts> flows;  ///< Each flow that was sent.
  std::uint64_t flooded = 0;      ///< Frames that came out at a third port.
  std::uint64_t answers = 0;      ///< Frames that the device sent back at the sender.
  Queries queries;                ///< To the device itself, beside the stream.
  nlohmann::json latency;         ///< summary_json() of pktgen's result; null without a frame.
  nlohmann::json pdv, ipdv;
  double jitter_ns = 0;
  std::optional<double> last_gap_s;  ///< pktgen's last_gap_ns.
  double longest_silence_s = 0;
  std::uint64_t missing_at_end = 0;  ///< Sent at the stream's end, and nothing that left later came.
  /// Frames that left over 1 ms late, or never, since something took the CPU from the sender: what left
  /// behind them left at once, and may be lost for that. 0 of a sender that is too slow all along.
  std::uint64_t disturbed = 0;
  std::string driver;                ///< Of the device that frames left from, as pktgen names it.
  bool doubtful = false;             ///< Void for what the tester lost alone: what lost nothing would hold.
  std::string void_reason;           ///< Why the trial says nothing about the device; empty: it counts.
  std::vector<std::string> remarks;  ///< What the device did besides losing frames, in words.

  [[nodiscard]] double loss() const noexcept {
    return offered == 0 ? 1 : static_cast<double>(lost) / static_cast<double>(offered);
  }
};

/// What a device did besides losing frames, over trials.
struct Besides {
  std::uint64_t duplicates = 0, reordered = 0, foreign = 0, answers = 0, flooded = 0;
  /// What one trial saw.
  void add(const TrialResult& t);
  /// A remark each, of those that are not 0.
  [[nodiscard]] std::vector<std::string> words() const;
};

/// From what pktgen reports (doc/control-protocol.md, "result"), and what the ports counted.
[[nodiscard]] TrialResult judge(const TrialPlan& plan, const nlohmann::json& report, const PortDeltas& ports);
/// Both directions of one trial as one: counts added, the worse of the times, void when one is.
[[nodiscard]] TrialResult merge(const TrialResult& one, const TrialResult& other);

/// As a search takes it.
[[nodiscard]] search::Trial to_search(const TrialPlan& plan, const TrialResult& result);

/// For the log of trials.
[[nodiscard]] nlohmann::json to_json(const Losses& losses);
[[nodiscard]] nlohmann::json to_json(const TrialResult& r);
/// What to_json() gave; nothing of anything else.
[[nodiscard]] std::optional<TrialResult> trial_from_json(const nlohmann::json& j);

}  // namespace hopcost::campaign
