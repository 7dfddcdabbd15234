#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/random.h"
#include "hopload/now.h"
#include "hopload/rr/client.h"

namespace hopcost::hopload {
namespace {

constexpr std::size_t kMostOut = 65'536;  // requests without an answer
constexpr int kLookMs = 10;               // a wait for the last answers
constexpr std::int64_t kSpinNs = 80'000;  // a wake-up may be this late

class OpenLoop {
 public:
  OpenLoop(int fd, const RrSpec& spec, double rate, std::uint64_t seed)
      : fd_(fd),
        spec_(spec),
        gap_ns_(1e9 / rate),
        spin_ns_(spec.connections > 1 ? 0 : kSpinNs),  // on a shared CPU one would delay the others
        draw_(seed),
        due_ns_(kMostOut),
        out_(std::max<std::size_t>(spec.request, kNumberBytes)),
        in_(std::max<std::size_t>(spec.response, kNumberBytes)) {}

  RrTally run(std::int64_t length_ns) {
    const std::int64_t begin_ns = now_ns(), end_ns = begin_ns + length_ns;
    first_ = static_cast<std::uint64_t>(begin_ns);
    for (std::int64_t due = begin_ns + phase(); due < end_ns && tally_.broken.empty(); due += next_gap()) {
      wait_until(due);
      ask(due);
    }
    await_the_last();
    if (spec_.tcp && answered_ < asked_ &&
        tally_.broken.empty())  // their answers would count as the next quantum's
      tally_.broken = fmt::format("{} answers were still out after 3 s", asked_ - answered_);
    tally_.lost += asked_ - answered_;
    return std::move(tally_);
  }

 private:
  /// A random start, so that several connections do not send at the same time.
  std::int64_t phase() {
    return spec_.connections > 1 ? static_cast<std::int64_t>(gap_ns_ * draw_.unit()) : 0;
  }

  std::int64_t next_gap() { return static_cast<std::int64_t>(gap_ns_ * (0.9 + 0.2 * draw_.unit())); }

  /// Counts waits without an answer and not time, so that a pause of the whole machine loses nothing.
  void await_the_last() {
    int in_vain = static_cast<int>((spec_.tcp ? kTcpPatienceNs : kPatienceNs) / 1'000'000 / kLookMs);
    while (answered_ < asked_ && tally_.broken.empty() && in_vain > 0) {
      pollfd p{fd_, POLLIN, 0};
      if (::poll(&p, 1, kLookMs) == 0) --in_vain;
      take_answers();
    }
  }

  void wait_until(std::int64_t due) {
    for (std::int64_t now = now_ns(); tally_.broken.empty(); now = now_ns()) {
      take_answers();
      if (now >= due) return;
      if (due - now < spin_ns_) continue;
      const std::int64_t left = due - now - spin_ns_;
      const timespec t{left / 1'000'000'000, left % 1'000'000'000};
      pollfd p{fd_, POLLIN, 0};
      (void)::ppoll(&p, 1, &t, nullptr);
    }
  }

  void ask(std::int64_t due) {
    due_ns_[asked_ % kMostOut] = due;
    const std::uint64_t number = first_ + asked_;
    std::memcpy(out_.data(), &number, sizeof number);
    const ssize_t n = ::send(fd_, out_.data(), spec_.request, MSG_NOSIGNAL);
    ++asked_;
    if (n == static_cast<ssize_t>(spec_.request)) return;
    tally_.broken = fmt::format("the request can't be sent: {}", std::strerror(errno));
  }

  void take_answers() {
    for (;;) {
      const ssize_t n = ::recv(fd_, in_.data() + got_, spec_.response - got_, MSG_DONTWAIT);
      if (n == 0 && spec_.tcp) tally_.broken = "the server closed the connection";
      if (n < 0 && errno != EAGAIN && errno != EINTR)
        tally_.broken = fmt::format("no answer can be received: {}", std::strerror(errno));
      if (n <= 0) return;
      got_ += static_cast<std::size_t>(n);
      if (got_ < spec_.response && spec_.tcp) continue;
      const bool whole = got_ == spec_.response;
      got_ = 0;
      if (whole) count(now_ns());
    }
  }

  void count(std::int64_t now) {
    std::uint64_t number = answered_;  // a stream's answers come in order
    if (!spec_.tcp) {
      std::memcpy(&number, in_.data(), sizeof number);
      number -= first_;
    }
    if (number >= asked_ || asked_ - number > kMostOut)
      return;  // an earlier quantum's, or too old to be known
    std::int64_t& due = due_ns_[number % kMostOut];
    if (due == 0) return;  // a copy
    tally_.latency.record(static_cast<std::uint64_t>(std::max<std::int64_t>(0, now - due)));
    due = 0;
    ++answered_;
  }

  int fd_;
  const RrSpec& spec_;
  double gap_ns_;
  std::int64_t spin_ns_;
  Random draw_;
  std::vector<std::int64_t> due_ns_;  // by number; 0: answered
  std::vector<char> out_, in_;
  std::size_t got_ = 0;      // bytes of the response that is coming in
  std::uint64_t first_ = 0;  // number of the first request, above all earlier quanta's
  std::uint64_t asked_ = 0, answered_ = 0;
  RrTally tally_;
};

}  // namespace

RrTally ask_when_due(int fd, const RrSpec& spec, double rate, std::uint64_t seed, std::int64_t length_ns) {
  (void)prctl(PR_SET_TIMERSLACK, 1);  // this thread's; else it wakes up to 50 us late
  forget_old(fd, spec);
  return OpenLoop(fd, spec, rate, seed).run(length_ns);
}

}  // namespace hopcost::hopload
