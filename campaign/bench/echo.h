// ICMP echoes that a device's or a container's kernel answers, whatever runs in it. One owner thread.
// Includes base, wire.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>

#include "base/fd.h"
#include "base/result.h"
#include "wire/address.h"

namespace hopcost::campaign {

/// Asks one address, and tells answers to its own questions from answers to others'.
class EchoSocket {
 public:
  /// In the calling thread's network namespace, where it stays. Errors: kPrivilege.
  [[nodiscard]] static Result<EchoSocket> open(const IpAddress& to);

  /// One question. That an address can't be reached yet is no error: false then.
  bool ask() noexcept;
  /// Waits for answers, at most so long, and reads what has come: how many are to questions of ours. A
  /// question that is answered twice counts twice.
  [[nodiscard]] std::uint32_t answers(std::chrono::milliseconds wait) noexcept;

 private:
  EchoSocket(Fd fd, const IpAddress& to, std::uint64_t run) : fd_(std::move(fd)), to_(to), run_(run) {}
  Fd fd_;
  IpAddress to_;
  std::uint64_t run_;  // in each question
  std::uint16_t number_ = 0;
};

/// Asks from the calling thread's network namespace, each millisecond, until an answer to one of ours comes.
/// Errors: kPrivilege; kFailure when none comes within 3 s; kPartial (stop signal).
[[nodiscard]] Result<void> await_echo(in_addr to);

}  // namespace hopcost::campaign
