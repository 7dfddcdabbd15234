// Everything that stand-alone pktgen has open, from ports to threads. Its runs follow one another. One owner
// thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pktgen/options/validate.h"
#include "pktgen/receive/latency_log.h"
#include "pktgen/send/send_worker.h"
#include "pktgen/session/outcome.h"
#include "pktgen/session/standalone_source.h"

namespace hopcost::pktgen {

class Session {
 public:
  /// Opens ports and files, starts a worker on each queue, and drops the privileges that are not needed any
  /// more. Errors: of ports, files, frames, CPUs.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const Plan& plan);
  Session(const Session&) = delete;
  ~Session();

  /// Begins a run. Counts and packet numbers start from 0; probes of an earlier run count as foreign. Not
  /// during a run. Does not send before `earliest_ns` of CLOCK_REALTIME. Errors: of frames, profile, capture.
  [[nodiscard]] Result<void> begin(std::uint64_t earliest_ns = 0);
  /// Whether any worker is still sending.
  [[nodiscard]] bool running() const { return senders_.running(); }
  /// Cuts the run short; from any thread.
  void stop() noexcept { senders_.stop(); }
  void wait() const { senders_.wait(); }
  /// Waits for the workers, then for packets that are still to come in. Call once after each begin(). Errors:
  /// that of a worker that could not begin.
  [[nodiscard]] Result<Outcome> finish();
  /// Flushes the captures that frames were written to. Errors: of writing them.
  [[nodiscard]] Result<void> flush();

  /// What was sent of each flow: so far during a run, in total after it.
  [[nodiscard]] std::vector<SentFlow> sent_now() const;
  /// Sets the rate, as --rate has it, for later runs. During a run it also applies from each worker's next
  /// departure on. Errors: kUsage when the text is no rate or trains do not fit the rate; during a run also
  /// when the text is not a single rate, or the run has no rate (flat out, or a capture's own times).
  [[nodiscard]] Result<void> set_rate(const std::string& text);
  /// Sets the length of later runs: packets of all workers, time, or both. Errors: kUsage during a run, and
  /// for a count of 0 or below the number of workers; those of frames and profiles.
  [[nodiscard]] Result<void> set_length(std::optional<std::uint64_t> count,
                                        std::optional<std::uint64_t> duration_ns);
  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }

  /// One per worker.
  [[nodiscard]] const std::vector<WorkerPlace>& places() const noexcept { return places_; }
  /// One per worker: of the run that is under way, else of the next one.
  [[nodiscard]] const std::vector<RunSpec>& specs() const noexcept { return specs_; }
  [[nodiscard]] const SendWorkers& senders() const noexcept { return senders_; }
  [[nodiscard]] const RxWorkers& receivers() const noexcept { return receivers_; }
  /// What comes in, interval by interval; null when nothing in the plan needs it. Each begin() makes a new
  /// one.
  [[nodiscard]] LatencyFeed* feed() const noexcept { return feed_.get(); }

 private:
  explicit Session(const Plan& plan) : plan_(plan) {}
  [[nodiscard]] Result<void> open_ports();
  [[nodiscard]] Result<void> open_tx(const PortSpec& spec);
  [[nodiscard]] Result<void> open_rx();
  void place_workers();
  [[nodiscard]] Result<void> open_capture();
  [[nodiscard]] Result<void> open_writers();
  [[nodiscard]] Result<void> make_specs();
  [[nodiscard]] Result<void> remake_specs();
  [[nodiscard]] Result<void> change_gaps(const std::vector<RatePiece>& pieces);
  [[nodiscard]] Result<void> start_senders();
  void start_receivers();
  void start_feed(const RxAccounts& accounts);
  [[nodiscard]] RxAccounts accounts() const;

  Plan plan_;
  std::uint64_t seed_ = 1;
  std::vector<AnyPort> tx_, rx_;       // rx_: rx_ holds ports that only receive
  std::vector<LatenessBoard> boards_;  // one per lane, when lateness is to be known
  std::vector<WorkerPlace> places_;
  std::vector<LanePlace> lanes_;  // of all workers, in their order
  std::uint32_t link_mbps_ = 0;
  std::optional<PcapngWriter> tx_writer_;
  std::optional<RxCapture> rx_capture_;
  std::optional<TscClock> clock_;
  Fd capture_;  // the file to replay; kept open, because without privileges it could not be opened again
  bool capture_read_ = false;
  std::vector<RunSpec> specs_;
  bool fresh_ = false;                 // specs_ have not been used
  std::vector<SentFlow> ended_;        // what the last run sent of each flow
  std::unique_ptr<LatencyFeed> feed_;  // outlives the receivers, which record into it
  std::unique_ptr<LatencyLog> log_;
  RxWorkers receivers_;
  SendWorkers senders_;
};

}  // namespace hopcost::pktgen
