#include <endian.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hopload/now.h"
#include "hopload/rr/client.h"
#include "hopload/rr/interrupter.h"

namespace hopcost::hopload {
namespace {

enum class Answer { kWhole, kNone, kBroken };

/// Sends a whole request. Waits while the socket is full, also after an interruption, until `give_up_ns`.
bool send_whole(int fd, const char* request, std::size_t bytes, std::int64_t give_up_ns) noexcept {
  for (std::size_t sent = 0; sent < bytes;) {
    const ssize_t n = ::send(fd, request + sent, bytes - sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) return false;
    if (n < 0 && now_ns() > give_up_ns) {
      errno = ETIMEDOUT;
      return false;
    }
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  return true;
}

/// Receives all of one response. If it does not come, the connection can't be used any more.
Answer receive_stream(int fd, const RrSpec& spec, char* into, std::int64_t give_up_ns) noexcept {
  for (std::size_t got = 0; got < spec.response;) {
    const ssize_t n = ::recv(fd, into + got, spec.response - got, 0);
    if (n > 0) {
      got += static_cast<std::size_t>(n);
    } else if (n == 0 || errno != EINTR) {
      return Answer::kBroken;
    } else if (now_ns() > give_up_ns) {
      return Answer::kNone;
    }
  }
  return Answer::kWhole;
}

/// Receives the response that begins like the request. A late response or a copy belongs to an earlier
/// request; taking it would make the times of this and all later requests too short.
Answer receive_datagram(int fd, const RrSpec& spec, const char* request, char* into,
                        std::int64_t give_up_ns) noexcept {
  const std::size_t told = std::min({spec.request, spec.response, kNumberBytes});
  for (;;) {
    const ssize_t n = ::recv(fd, into, spec.response, 0);
    if (n < 0 && errno != EINTR) return Answer::kBroken;
    if (n == static_cast<ssize_t>(spec.response) && std::memcmp(into, request, told) == 0)
      return Answer::kWhole;
    if (now_ns() > give_up_ns) return Answer::kNone;
  }
}

}  // namespace

RrTally ask_in_turn(int fd, const RrSpec& spec, std::int64_t length_ns) {
  RrTally tally;
  auto interrupter = Interrupter::make();
  if (!interrupter) {
    tally.broken = describe(interrupter.error());
    return tally;
  }
  std::vector<char> out(std::max(spec.request, kNumberBytes)), in(spec.response);
  forget_old(fd, spec);
  auto number = static_cast<std::uint64_t>(now_ns());  // other numbers in each quantum
  const std::int64_t end_ns = now_ns() + length_ns;
  for (std::int64_t asked = now_ns(); asked < end_ns;) {
    const std::uint64_t low_first = htole64(++number);  // so that a short request holds the bytes that change
    std::memcpy(out.data(), &low_first, sizeof low_first);
    if (!send_whole(fd, out.data(), spec.request, asked + kTcpPatienceNs)) {
      tally.broken = fmt::format("the request can't be sent: {}", std::strerror(errno));
      return tally;
    }
    const Answer answer = spec.tcp ? receive_stream(fd, spec, in.data(), asked + kTcpPatienceNs)
                                   : receive_datagram(fd, spec, out.data(), in.data(), asked + kPatienceNs);
    const std::int64_t answered = now_ns();
    if (answer == Answer::kWhole) {
      tally.latency.record(static_cast<std::uint64_t>(answered - asked));
    } else if (answer == Answer::kBroken || spec.tcp) {
      tally.broken = "the server closed the connection, or answers no more";
      if (!spec.tcp) tally.broken = fmt::format("no answer can be received: {}", std::strerror(errno));
      return tally;
    } else {
      ++tally.lost;
    }
    asked = answered;
  }
  return tally;
}

}  // namespace hopcost::hopload
