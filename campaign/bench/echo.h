// ICMP echo requests, which the kernel of a device or container answers whatever else runs in it. One owner
// thread. Includes base, wire.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>

#include "base/fd.h"
#include "base/result.h"
#include "wire/address.h"

namespace hopcost::campaign {

/// Sends echo requests to one address, and tells the answers to them from answers to other programs.
class EchoSocket {
 public:
  /// Opens a raw socket in the calling thread's network namespace, where it stays. Errors: kPrivilege.
  [[nodiscard]] static Result<EchoSocket> open(const IpAddress& to);

  /// Sends one request. False when that failed, for example because the address can't be reached yet.
  bool ask() noexcept;
  /// Waits at most `wait` for answers, reads all that have come, and counts those to our requests. Two
  /// answers to one request count twice.
  [[nodiscard]] std::uint32_t answers(std::chrono::milliseconds wait) noexcept;

 private:
  EchoSocket(Fd fd, const IpAddress& to, std::uint64_t run) : fd_(std::move(fd)), to_(to), run_(run) {}
  Fd fd_;
  IpAddress to_;
  std::uint64_t run_;  // in each request, to recognise the answers
  std::uint16_t number_ = 0;
};

/// Sends a request each millisecond from the calling thread's network namespace, until one is answered.
/// Errors: kPrivilege; kFailure when no answer comes within 3 s; kPartial (stop signal).
[[nodiscard]] Result<void> await_echo(in_addr to);

}  // namespace hopcost::campaign
