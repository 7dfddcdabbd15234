// Everything that stand-alone pktgen has open, from ports to threads. Runs begin and end in it, one after the
// other. One owner thread.
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
  /// Opens ports and files, starts a worker on each queue, and drops what privileges it can. Errors: of
  /// ports, files, frames, CPUs.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const Plan& plan);
  Session(const Session&) = delete;
  ~Session();

  /// Begins a run: counts from 0, packets numbered from 0; probes of an earlier one are foreign to it.
  /// Errors: of frames, profile, capture. Not while one runs.
  [[nodiscard]] Result<void> begin();
  /// Until every worker is done.
  [[nodiscard]] bool running() const { return senders_.running(); }
  /// Cuts the run short; from any thread.
  void stop() noexcept { senders_.stop(); }
  void wait() const { senders_.wait(); }
  /// Waits for the workers, then for what is still to come in. Once after each begin(). Errors: of the worker
  /// that could not begin.
  [[nodiscard]] Result<Outcome> finish();
  /// Files that frames were written to. Errors: their own.
  [[nodiscard]] Result<void> flush();

  /// Of a run that has begun, each flow by now; of one that ended, as it ended.
  [[nodiscard]] std::vector<SentFlow> sent_now() const;
  /// Sets the rate, as --rate has it: at once while a run lasts, from each worker's next departure on, and
  /// for later runs. Errors: kUsage for text, for trains that do not fit, and, while a run lasts, for what is
  /// no single rate, or when the run has none: flat out, or a capture's own times.
  [[nodiscard]] Result<void> set_rate(const std::string& text);
  /// Of runs that begin later: how many packets of all workers, and how long; at least one of the two.
  /// Errors: kUsage while a run lasts, for a count of 0 or below the number of workers; those of frames and
  /// profiles.
  [[nodiscard]] Result<void> set_length(std::optional<std::uint64_t> count,
                                        std::optional<std::uint64_t> duration_ns);
  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }

  /// One a worker.
  [[nodiscard]] const std::vector<WorkerPlace>& places() const noexcept { return places_; }
  /// Of each worker, as the next run begins, or as it runs.
  [[nodiscard]] const std::vector<RunSpec>& specs() const noexcept { return specs_; }
  [[nodiscard]] const SendWorkers& senders() const noexcept { return senders_; }
  [[nodiscard]] const RxWorkers& receivers() const noexcept { return receivers_; }
  /// What comes in, interval by interval; null when the plan has nobody who asks. A new one with each
  /// begin().
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
  std::vector<AnyPort> tx_, rx_;       // rx_: ports that only receive
  std::vector<LatenessBoard> boards_;  // one a lane, when somebody asks how late packets left
  std::vector<WorkerPlace> places_;
  std::vector<LanePlace> lanes_;  // of all workers, in their order
  std::uint32_t link_mbps_ = 0;
  std::optional<PcapngWriter> tx_writer_;
  std::optional<RxCapture> rx_capture_;
  std::optional<TscClock> clock_;
  Fd capture_;  // to replay: kept open, for it can't be opened again without privileges
  bool capture_read_ = false;
  std::vector<RunSpec> specs_;
  bool fresh_ = false;                 // specs_ have not been used
  std::vector<SentFlow> ended_;        // flows of the run that ended last
  std::unique_ptr<LatencyFeed> feed_;  // before those who record into it
  std::unique_ptr<LatencyLog> log_;
  RxWorkers receivers_;
  SendWorkers senders_;
};

}  // namespace hopcost::pktgen
