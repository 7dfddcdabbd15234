// The reflecting loop: all that happens per frame. One thread; no allocation, lock, log or virtual call.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "pktgen/io/port.h"
#include "pktgen/pace/run_clock.h"
#include "pktgen/reflect/result.h"
#include "wire/turn_around.h"

namespace hopcost::pktgen {

/// What the loop shares with other threads. Only the loop writes, except `stop`.
struct alignas(64) ReflectProgress {
  std::array<std::atomic<std::uint64_t>, kTurnVerdicts> seen{};
  std::atomic<std::uint64_t> no_room{0};
  std::atomic<bool> stop{false};

  void post(const ReflectCounts& c) noexcept {
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i].store(c.seen[i], std::memory_order_relaxed);
    no_room.store(c.no_room, std::memory_order_relaxed);
  }
  [[nodiscard]] ReflectCounts read() const noexcept {
    ReflectCounts c;
    for (std::size_t i = 0; i < seen.size(); ++i) c.seen[i] = seen[i].load(std::memory_order_relaxed);
    c.no_room = no_room.load(std::memory_order_relaxed);
    return c;
  }
};

/// What to reflect, and until when: the run ends at whichever limit comes first.
struct ReflectJob {
  MacAddress own;
  std::size_t longest = 0;  ///< Frames above this are left alone.
  std::uint64_t count = 0;  ///< Frames to turn around.
  std::uint64_t ticks = 0;  ///< Run time.
  ReflectProgress& progress;
};

/// Turns probes around in the order of arrival. The residence begins at the frame's receive stamp (the
/// port's, else the clock when the frame was found). It ends at the clock reading just before the batch is
/// handed to the port.
template <SizedTxPort Tx, RxPort Rx, RunClock C>
class ReflectLoop {
 public:
  /// All arguments outlive it.
  ReflectLoop(Tx& tx, Rx& rx, C& clock, const ReflectJob& job) : tx_(tx), rx_(rx), clock_(clock), job_(job) {}

  /// Reflects until the job's end, on the calling thread.
  SendEnd run() noexcept {
    const std::uint64_t start = clock_.now();
    for (;;) {
      const std::uint32_t n = rx_.receive(frames_);
      const std::uint64_t now = clock_.now();
      if (n > 0) {
        take(std::span(frames_).first(n), now);
        rx_.release();
        job_.progress.post(counts_);
      }
      if (tx_.failed() != 0 || rx_.failed() != 0) return SendEnd::kPortFailed;
      if (counts_.reflected() >= job_.count || now - start >= job_.ticks) return SendEnd::kDone;
      if (job_.progress.stop.load(std::memory_order_relaxed)) return SendEnd::kStopped;
      clock_.keep_fit(now, n == 0 ? ~std::uint64_t{0} : 0);
      if (n > 0) continue;
      if (tx_.owed() > 0) tx_.flush();
      rx_.wait(kNap);
    }
  }

  [[nodiscard]] const ReflectCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] HdrHistogram& residence() noexcept { return residence_; }
  [[nodiscard]] bool port_stamps() const noexcept { return port_stamps_; }

 private:
  static constexpr std::chrono::milliseconds kNap{5};

  /// A frame to be turned around.
  struct Chosen {
    const RxFrame* frame;
    Turnable where;
  };

  void take(std::span<const RxFrame> frames, std::uint64_t now) noexcept {
    do {
      frames = frames.subspan(take_some(frames, now));
    } while (!frames.empty() && counts_.reflected() < job_.count);
  }

  /// Turns around as many as the limit allows; gives the number of frames it looked at.
  std::size_t take_some(std::span<const RxFrame> frames, std::uint64_t now) noexcept {
    std::size_t chosen = 0, looked = 0;
    for (const RxFrame& f : frames) {
      Chosen& c = chosen_[chosen];
      TurnVerdict verdict = look_at(f.bytes, job_.own, c.where);
      if (verdict == TurnVerdict::kTurn) {
        if (counts_.reflected() == job_.count) break;  // those chosen so far are counted as reflected
        if (f.bytes.size() > job_.longest) verdict = TurnVerdict::kMalformed;
      }
      ++looked;
      ++counts_.seen[static_cast<std::size_t>(verdict)];
      if (verdict != TurnVerdict::kTurn) continue;
      c.frame = &f;
      ++chosen;
    }
    send_back(std::span(chosen_).first(chosen), now);
    return looked;
  }

  void send_back(std::span<Chosen> chosen, std::uint64_t now) noexcept {
    if constexpr (SendsBack<Tx, Rx>) {
      if (tx_.sends_back()) return send_back_in_place(chosen, now);
    }
    while (!chosen.empty()) {
      auto into = lend(static_cast<std::uint32_t>(chosen.size()));
      if (into.empty()) {
        counts_.no_room += chosen.size();
        return;
      }
      send_copies(chosen.first(into.size()), into, now);
      chosen = chosen.subspan(into.size());
    }
  }

  /// Sends frames back from the memory they were received into.
  void send_back_in_place(std::span<Chosen> chosen, std::uint64_t now) noexcept {
    const std::uint32_t n = tx_.room_back(static_cast<std::uint32_t>(chosen.size()));
    counts_.no_room += chosen.size() - n;
    for (std::uint32_t i = 0; i < n; ++i) {
      places_[i] = const_cast<std::byte*>(chosen[i].frame->bytes.data());
      which_[i] = static_cast<std::uint8_t>(chosen[i].frame - frames_.data());
    }
    turn(chosen.first(n), std::span(places_).first(n), now);
    tx_.send_back(rx_, std::span<const std::uint8_t>(which_).first(n));
  }

  void send_copies(std::span<const Chosen> chosen, std::span<std::byte* const> into,
                   std::uint64_t now) noexcept {
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const auto& bytes = chosen[i].frame->bytes;
      std::copy(bytes.begin(), bytes.end(), into[i]);
      lengths_[i] = static_cast<std::uint16_t>(bytes.size());
    }
    turn(chosen, into, now);
    tx_.send(std::span<const std::uint16_t>(lengths_).first(chosen.size()));
  }

  /// Lends frames; if there are none, offers the owed ones to the device and tries once more. A reflector
  /// does not wait.
  std::span<std::byte* const> lend(std::uint32_t n) noexcept {
    auto into = tx_.lend(n);
    if (!into.empty()) return into;
    tx_.flush();
    return tx_.lend(n);
  }

  /// Turns around the frames that lie at `places`; they are sent right after.
  void turn(std::span<const Chosen> chosen, std::span<std::byte* const> places, std::uint64_t now) noexcept {
    for (std::size_t i = 0; i < chosen.size(); ++i) swap_ends(places[i], chosen[i].where);
    const std::uint64_t found_ns = clock_.to_ns(now), leaves_ns = clock_.to_ns(clock_.now());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const std::uint64_t stamp = chosen[i].frame->rx_ns;
      port_stamps_ |= stamp != 0;
      const std::uint64_t came_ns = stamp != 0 ? stamp : found_ns;
      const std::uint64_t residence = leaves_ns > came_ns ? leaves_ns - came_ns : 0;
      residence_.record(residence);
      write_residence(places[i], chosen[i].where, residence);
    }
  }

  Tx& tx_;
  Rx& rx_;
  C& clock_;
  const ReflectJob& job_;
  ReflectCounts counts_;
  HdrHistogram residence_;
  bool port_stamps_ = false;
  std::array<RxFrame, kMaxBatch> frames_;
  std::array<Chosen, kMaxBatch> chosen_;
  std::array<std::uint16_t, kMaxBatch> lengths_{};
  std::array<std::byte*, kMaxBatch> places_{};
  std::array<std::uint8_t, kMaxBatch> which_{};
};

}  // namespace hopcost::pktgen
