// The `Hand` that pace() drives: makes the departures of the lane whose turn it is, and counts them for that
// lane. One thread; no allocation, lock, log or virtual call.
#pragma once

#include <cstdint>
#include <span>

#include "pktgen/pace/pace.h"
#include "pktgen/pace/turns.h"
#include "pktgen/send/lane.h"
#include "pktgen/send/send_loop.h"

namespace hopcost::pktgen {

/// What is needed to read the counters at a border between trains: the thread's counters, and the lanes that
/// are charged.
struct BorderMeter {
  const PerfCounters& counters;
  LaneMeter& lanes;
  /// A border is read only with at least this many ticks to the next departure. A reading takes 1 us at most.
  std::uint64_t spare;
};

/// `T` is Turns, or OneLane. At a train's end the lane's port is flushed until it owes nothing, so that no
/// packet leaves in another lane's train.
template <Emitter E, class T, RunClock C>
class LanesHand {
 public:
  /// All that it refers to outlives the hand.
  struct Parts {
    std::span<E> emitters;          ///< One per lane.
    std::span<LaneRecord> records;  ///< One per lane.
    const SendJob& job;
    SendCount& run;
    C& clock;
    Audit& audit;
    BorderMeter* meter = nullptr;  ///< Null: borders are not read.
  };
  /// Ready for the first departure.
  LanesHand(const Parts& parts, T turns) : p_(parts), turns_(std::move(turns)) {
    for (const LaneRecord& r : p_.records) watched_ = watched_ || r.board != nullptr;
    watched_ = watched_ || p_.job.lateness != nullptr;
    look_up();
  }

  [[nodiscard]] bool more() noexcept { return emitter_.more(); }
  void get_ready(std::uint64_t burst, std::uint64_t planned) noexcept {
    if (turns_.train_begins() && p_.meter != nullptr) border(planned);
    (void)emitter_.get_ready(burst);
  }
  [[nodiscard]] bool watched() const noexcept { return watched_; }
  /// Publishes how late a departure is, for receiving and watching threads.
  void leaves(std::uint64_t burst, std::uint64_t late_ns) noexcept {
    if (p_.job.lateness != nullptr) p_.job.lateness->record(late_ns);
    const LaneRecord& r = *record_;
    if (r.board == nullptr) return;
    for (std::uint64_t i = 0; i < burst; ++i)
      r.board->post(r.count->first_sequence + r.count->given + i, late_ns);
  }
  [[nodiscard]] SendEnd give(std::uint64_t burst, std::uint64_t at) noexcept {
    const SendEnd end = emitter_.give(burst, at);
    return end == SendEnd::kDone && turns_.train_ends() ? end_train() : end;
  }
  /// Counts the departure, and goes on to the next lane when its train is over.
  void departed(std::uint64_t planned, std::uint64_t at, bool awaited) noexcept {
    last_ = record_;
    p_.audit.departed(planned, at, awaited, record_->lateness);
    turns_.advance();
    if (turns_.train_begins()) look_up();
  }
  [[nodiscard]] bool may_end() const noexcept { return turns_.round_begins(); }

  /// The lane that departed last.
  [[nodiscard]] std::size_t last() const noexcept {
    return static_cast<std::size_t>(last_ - p_.records.data());
  }

 private:
  /// Done once per train, so that a departure costs no more than with one lane.
  void look_up() noexcept {
    emitter_ = p_.emitters[turns_.lane()];
    record_ = &p_.records[turns_.lane()];
  }
  /// Reads the counters in the gap before a train's first departure, unless that would make the departure
  /// late.
  void border(std::uint64_t planned) noexcept {
    if (p_.clock.now() + p_.meter->spare > planned) return p_.meter->lanes.skip();
    p_.meter->lanes.border(p_.meter->counters.read(), turns_.lane(), p_.run.given);
  }
  [[nodiscard]] SendEnd end_train() noexcept {
    E& e = emitter_;
    if (e.owed() > 0) [[unlikely]] {
      if (const SendEnd end = flush(e); end != SendEnd::kDone) return end;
    }
    if (record_->port->lanes > 1) charge_errors(e, *record_);
    return SendEnd::kDone;
  }
  [[nodiscard]] SendEnd flush(E& e) noexcept {
    for (const std::uint64_t begin = p_.clock.now(); e.owed() > 0;) {
      e.flush();
      if (e.failed() != 0) return SendEnd::kPortFailed;
      if (p_.clock.now() - begin > p_.job.stall) return SendEnd::kStalled;
      if (p_.job.progress.stopping()) return SendEnd::kStopped;
    }
    return SendEnd::kDone;
  }
  /// Charges this lane with what the port refused since the last call.
  static void charge_errors(const E& e, LaneRecord& r) noexcept {
    const std::uint64_t now = e.errors();
    r.refused += now - r.port->errors;
    r.port->errors = now;
  }

  Parts p_;
  T turns_;
  E emitter_ = p_.emitters.front();  // a copy of the current lane's: its pointers stay in registers
  LaneRecord* record_;               // the current lane's
  const LaneRecord* last_ = p_.records.data();
  bool watched_ = false;
};

}  // namespace hopcost::pktgen
