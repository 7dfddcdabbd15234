// One trial of a device: its plan, its result, and whether it counts. Pure. Any thread. Includes stats.
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
  double fps = 0;           ///< Frames per second; 0: as fast as the tester can.
  double duration_s = 0;    ///< Length of the stream; 0 with a burst.
  std::uint64_t burst = 0;  ///< Number of frames in a burst at `fps`; 0: a stream.
  double then_fps = 0;      ///< Rate after duration_s, for then_s; 0: the stream ends.
  double then_s = 0;
  std::string command = {};  ///< Shell command to run in the middle of the stream; empty: none.
  /// Up to this share of loss, the trial counts even if the tester was disturbed. It is not part of the key.
  double tolerated_loss = 0;

  /// How many frames the plan sends; 0 when it sends as fast as it can.
  [[nodiscard]] std::uint64_t frames() const;
  /// How long sending takes by the plan.
  [[nodiscard]] double seconds() const;
  /// How long sending may take: 0.1 % longer, and 2 ms more for a CPU that is taken away. Frames that have
  /// not left by then are not sent.
  [[nodiscard]] double longest_seconds() const;
  /// A line that differs between any two plans that ask for different streams.
  [[nodiscard]] std::string key() const;
};

/// Counts of queries to the device itself (management.h).
struct Queries {
  std::uint64_t asked = 0, answered = 0;
  /// Adds the counts of another.
  void add(const Queries& more) noexcept {
    asked += more.asked;
    answered += more.answered;
  }
};

/// Frames at the ports of tester and device during a trial, by the ports' own counters; nothing where there
/// are none.
struct PortDeltas {
  std::optional<std::uint64_t> device_in, device_out, tester_in;
  std::optional<std::uint64_t> answers;  ///< Received at the port that frames leave from.
  std::optional<std::uint64_t> flooded;  ///< Received at a third port.
  Queries queries = {};                  ///< Queries and answers beside the stream.
  std::uint64_t not_the_streams = 0;     ///< At the receiving ports: answers to queries, other ways' frames.
};

/// The counts of one flow of a trial.
struct FlowCounts {
  std::uint64_t flow = 0, sent = 0, lost = 0;
};

/// Where frames were lost, as far as counters tell.
struct Losses {
  std::uint64_t unsent = 0;             ///< Planned, but never sent, by the tester.
  std::uint64_t receiver = 0;           ///< Reached the tester's port, but the tester did not read them in
                                        ///< time.
  std::optional<std::uint64_t> wire;    ///< Lost between ports of tester and device.
  std::optional<std::uint64_t> device;  ///< Entered the device, but did not leave it.
};

/// The result of a trial, over all its ways.
struct TrialResult {
  std::uint64_t offered = 0;  ///< Frames planned, or sent if that is more.
  std::uint64_t sent = 0, received = 0;
  std::uint64_t lost = 0;  ///< offered - received, at least 0: so frames that were never sent count as lost.
  std::uint64_t duplicates = 0, reordered = 0, foreign = 0;
  double elapsed_s = 0;  ///< How long sending took.
  /// When sending began, on the way that began first and on the one that began last; ns of CLOCK_REALTIME, 0:
  /// not known.
  std::uint64_t first_began_ns = 0, last_began_ns = 0;
  Losses losses;
  std::vector<FlowCounts> flows;  ///< Each flow that was sent.
  std::uint64_t flooded = 0;      ///< Frames that came out at a third port.
  std::uint64_t answers = 0;      ///< Frames that the device sent back to the sending port.
  Queries queries;                ///< To the device itself, beside the stream.
  nlohmann::json latency;         ///< As summary_json() of pktgen's result; null without a frame.
  nlohmann::json pdv, ipdv;
  double jitter_ns = 0;
  std::optional<double> last_gap_s;  ///< pktgen's last_gap_ns, in seconds.
  double longest_silence_s = 0;
  std::uint64_t missing_at_end = 0;  ///< Frames at the stream's end that were sent and lost, with no later
                                     ///< frame received.
  /// Frames that left over 1 ms late, or never, because something took the CPU from the sender. It sends the
  /// frames after them at once, which may be why some are lost. 0 for a sender that is too slow all the time.
  std::uint64_t disturbed = 0;
  std::string driver;                ///< Driver of the device that frames left from, as pktgen names it.
  bool doubtful = false;             ///< The trial is void only because the tester may have lost frames; a
                                     ///< trial without loss would have counted.
  std::string void_reason;           ///< Why the trial says nothing about the device; empty: it counts.
  std::vector<std::string> remarks;  ///< What the device did besides losing frames, in words.

  /// By how much the ways began apart; 0 where that is not known.
  [[nodiscard]] double apart_s() const noexcept {
    const bool known = first_began_ns > 0 && first_began_ns <= last_began_ns;
    return known ? static_cast<double>(last_began_ns - first_began_ns) / 1e9 : 0;
  }
  [[nodiscard]] double loss() const noexcept {
    return offered == 0 ? 1 : static_cast<double>(lost) / static_cast<double>(offered);
  }
};

/// Counts of what a device did besides losing frames, over several trials.
struct Besides {
  std::uint64_t duplicates = 0, reordered = 0, foreign = 0, answers = 0, flooded = 0;
  /// Adds one trial's counts.
  void add(const TrialResult& t);
  /// A remark for each count that is not 0.
  [[nodiscard]] std::vector<std::string> words() const;
};

/// Makes the result from pktgen's report (doc/control-protocol.md, "result") and the ports' counters, and
/// decides whether the trial counts.
[[nodiscard]] TrialResult judge(const TrialPlan& plan, const nlohmann::json& report, const PortDeltas& ports);
/// Combines two ways of a trial: counts are added, the longer of the times is taken, and the trial is void if
/// either way is. Latency, pdv,
/// ipdv and jitter stay those of `one`; losses at the wire and in the device become unknown.
[[nodiscard]] TrialResult merge(const TrialResult& one, const TrialResult& other);
/// Combines all ways, of which there is one at least. The trial is void as well if they began farther apart
/// than sending may take longer than planned.
[[nodiscard]] TrialResult together(const TrialPlan& plan, const std::vector<TrialResult>& ways);

/// The trial in the form that a search takes.
[[nodiscard]] search::Trial to_search(const TrialPlan& plan, const TrialResult& result);

/// The object for the log of trials.
[[nodiscard]] nlohmann::json to_json(const Losses& losses);
[[nodiscard]] nlohmann::json to_json(const TrialResult& r);
/// The reverse of to_json(); nothing for anything else.
[[nodiscard]] std::optional<TrialResult> trial_from_json(const nlohmann::json& j);

}  // namespace hopcost::campaign
