#include "campaign/device/management.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/netns.h"

namespace hopcost::campaign {
namespace {

constexpr std::chrono::milliseconds kQueryWait{20};  // how late a stop may be noticed

}  // namespace

Result<std::unique_ptr<Manager>> Manager::open(const Managed& whom) {
  auto to = parse_ip(whom.address);
  if (!to) return forward(to);
  auto inside = NetnsScope::enter(whom.netns);
  if (!inside) return forward(inside);
  auto socket = EchoSocket::open(*to);
  if (!socket) return forward(socket);
  return std::unique_ptr<Manager>(new Manager(std::move(*socket)));
}

void Manager::begin(double stream_s) {
  (void)socket_.answers(std::chrono::milliseconds(0));  // answers to an earlier stream's queries
  count_ = {};
  asking_ = std::jthread([this, stream_s](const std::stop_token& stop) { ask(stop, stream_s); });
}

void Manager::ask(const std::stop_token& stop, double stream_s) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  const auto last =
      begun + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(stream_s));
  for (auto due = begun; !stop.stop_requested();) {
    if (Clock::now() >= due && (due < last || due == begun)) {
      count_.asked += socket_.ask();
      due += std::chrono::seconds(1);
    }
    count_.answered += socket_.answers(kQueryWait);
  }
}

Queries Manager::end() {
  asking_ = {};
  count_.answered = std::min(count_.asked, count_.answered + socket_.answers(std::chrono::milliseconds(0)));
  return count_;
}

}  // namespace hopcost::campaign
