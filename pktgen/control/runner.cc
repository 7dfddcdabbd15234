#include "pktgen/control/runner.h"

#include "base/clock.h"
#include "base/log.h"
#include "pktgen/report/report_json.h"
#include "pktgen/report/report_text.h"

namespace hopcost::pktgen {

Result<void> Runner::start(std::uint64_t earliest_ns) {
  if (under_way()) return error(Exit::kUsage, "a run is under way", "stop it first");
  if (auto ok = session_.begin(earliest_ns); !ok) return ok;
  ++runs_;
  const std::uint64_t now_ns = kernel_clock_ns(CLOCK_REALTIME);
  begun_ = std::chrono::steady_clock::now() +
           std::chrono::nanoseconds(earliest_ns > now_ns ? earliest_ns - now_ns : 0);
  lines_.emplace(text_, session_.plan().stats_ns, session_.senders(), session_.receivers(), session_.feed());
  const RunSpec& spec = session_.specs().front();
  due_.emplace(spec.recorded ? std::get_if<ReplaySource>(&spec.lanes.front().source) : nullptr,
               config_.replay);
  live_.emplace(session_.plan().live, session_.senders(), session_.receivers(), session_.feed());
  return {};
}

Result<nlohmann::json> Runner::end(bool asked) {
  session_.wait();
  lines_.reset();
  live_.reset();
  due_.reset();
  auto outcome = session_.finish();
  if (!outcome) {
    exit_ = outcome.error().code;
    return forward(outcome);
  }
  const Plan& plan = session_.plan();
  result_ = report(plan, *outcome);
  if (!plan.control_on_stdout()) {  // else the requester gets the result as the answer
    const std::string text = config_.json ? result_.dump() + "\n" : report_text(plan, *outcome);
    if (!print_to(text_, text)) print_to(stderr, text);
  }
  const std::string partial = partial_reason(*outcome);
  const bool whole =
      partial.empty() ? plan.control_on_stdout() || silence(*outcome).empty() : asked && partial == "stopped";
  exit_ = whole ? Exit::kOk : Exit::kPartial;
  if (auto ok = session_.flush(); !ok) return forward(ok);
  return result_;
}

std::uint64_t Runner::elapsed_ns() const noexcept {
  if (!under_way()) return 0;
  const auto since = std::chrono::nanoseconds(std::chrono::steady_clock::now() - begun_).count();
  return since > 0 ? static_cast<std::uint64_t>(since) : 0;
}

}  // namespace hopcost::pktgen
