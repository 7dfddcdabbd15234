#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hopload/now.h"
#include "hopload/rr/client.h"

namespace hopcost::hopload {
namespace {

enum class Answer { kWhole, kNone, kBroken };

/// All of one response. Over UDP kNone when it does not come; over TCP it comes, or the connection is over.
Answer receive(int fd, const RrSpec& spec, char* into, std::int64_t give_up_ns) noexcept {
  for (std::size_t got = 0; got < spec.response;) {
    const ssize_t n = ::recv(fd, into + got, spec.tcp ? spec.response - got : spec.response, 0);
    if (n > 0) {
      if (!spec.tcp) return static_cast<std::size_t>(n) == spec.response ? Answer::kWhole : Answer::kNone;
      got += static_cast<std::size_t>(n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
      return Answer::kBroken;
    } else if (!spec.tcp || now_ns() > give_up_ns) {
      return Answer::kNone;
    }
  }
  return Answer::kWhole;
}

/// An answer that came too late for its own request is not the next one's.
void drain(int fd, char* into, std::size_t bytes) noexcept {
  while (::recv(fd, into, bytes, MSG_DONTWAIT) > 0) {
  }
}

}  // namespace

RrTally ask_in_turn(int fd, const RrSpec& spec, std::int64_t length_ns) {
  constexpr std::int64_t kTcpPatienceNs = 3'000'000'000;  // several retransmissions
  RrTally tally;
  std::vector<char> buffer(std::max<std::size_t>({spec.request, spec.response, kNumberBytes}));
  std::uint64_t number = 0;
  if (!spec.tcp) drain(fd, buffer.data(), buffer.size());
  const std::int64_t end_ns = now_ns() + length_ns;
  for (std::int64_t asked = now_ns(); asked < end_ns;) {
    std::memcpy(buffer.data(), &++number, sizeof number);
    if (::send(fd, buffer.data(), spec.request, MSG_NOSIGNAL) != static_cast<ssize_t>(spec.request)) {
      tally.broken = fmt::format("the request can't be sent: {}", std::strerror(errno));
      return tally;
    }
    const Answer answer = receive(fd, spec, buffer.data(), asked + kTcpPatienceNs);
    const std::int64_t answered = now_ns();
    if (answer == Answer::kWhole) {
      tally.latency.record(static_cast<std::uint64_t>(answered - asked));
    } else if (answer == Answer::kBroken || spec.tcp) {
      tally.broken = "the server closed the connection, or answers no more";
      if (!spec.tcp) tally.broken = fmt::format("no answer can be received: {}", std::strerror(errno));
      return tally;
    } else {
      ++tally.lost;
      drain(fd, buffer.data(), buffer.size());
    }
    asked = answered;
  }
  return tally;
}

}  // namespace hopcost::hopload
