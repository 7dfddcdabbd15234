#include "campaign/fleet/run_hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <thread>

#include "base/signals.h"
#include "base/whole_file.h"
#include "campaign/fleet/host_run.h"
#include "campaign/fleet/schedule.h"

namespace hopcost::campaign {
namespace {

/// A host whose run is going on.
struct AtWork {
  std::size_t index;
  HostRun run;
  std::string stopped;  ///< Why we stopped it; empty: we did not.
};

/// Prepares a host's folder, with its campaign and without an earlier run's result, and starts the run.
Result<HostRun> begin(const std::filesystem::path& fleet, const std::string& campaign,
                      const FleetHost& host) {
  const HostFolder folder = folder_of(fleet, host.name);
  std::error_code failed;
  std::filesystem::create_directories(folder.path, failed);
  if (!failed) std::filesystem::remove_all(folder.result(), failed);
  if (failed) return errno_error(failed.value(), fmt::format("prepare {}", folder.path.string()));
  if (auto r = replace_text(folder.campaign(), host_campaign(campaign, host)); !r) return forward(r);
  return HostRun::start(folder);
}

double seconds_since(HostRun::Clock::time_point begun) {
  return std::chrono::duration<double>(HostRun::Clock::now() - begun).count();
}

class Hosts {
 public:
  Hosts(const std::filesystem::path& fleet, const std::string& campaign, std::vector<FleetMember>& members,
        const RunLimits& limits, const std::function<void(const FleetMember&)>& tell)
      : fleet_(fleet), campaign_(campaign), members_(members), limits_(limits), tell_(tell) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      hosts_.push_back(members[i].host);
      if (members[i].outcome.state == "waiting") waiting_.push_back(i);
    }
  }

  [[nodiscard]] bool done() const noexcept { return waiting_.empty() && at_work_.empty(); }

  void begin_some() {
    while (at_work_.size() < limits_.forks) {
      std::vector<std::size_t> running;
      for (const AtWork& w : at_work_) running.push_back(w.index);
      const auto next = next_host(hosts_, waiting_, running);
      if (!next) return;
      std::erase(waiting_, *next);
      auto run = begin(fleet_, campaign_, hosts_[*next]);
      if (run)
        at_work_.push_back({*next, std::move(*run), {}});
      else
        end(*next, {"failed", run.error().what, nullptr}, 0);
    }
  }

  void see_who_ended() {
    for (auto w = at_work_.begin(); w != at_work_.end();) {
      if (!w->run.ended()) {
        ++w;
        continue;
      }
      HostOutcome outcome = read_outcome(folder_of(fleet_, hosts_[w->index].name));
      if (outcome.state != "complete" && !w->stopped.empty()) outcome.reason = w->stopped;
      end(w->index, std::move(outcome), seconds_since(w->run.begun()));
      w = at_work_.erase(w);
    }
  }

  void stop_late_ones() {
    if (limits_.timeout_s <= 0) return;
    for (AtWork& w : at_work_) {
      if (seconds_since(w.run.begun()) > limits_.timeout_s)
        stop(w, fmt::format("stopped: it took longer than --timeout, {:g} s", limits_.timeout_s));
    }
  }

  void stop_all() {
    for (AtWork& w : at_work_) stop(w, "stopped with the fleet");
    for (const std::size_t i : waiting_) members_[i].outcome.reason = "the fleet was stopped before its turn";
    waiting_.clear();
  }

 private:
  static void stop(AtWork& w, std::string why) {
    w.run.stop(why);
    w.stopped = std::move(why);
  }
  void end(std::size_t index, HostOutcome outcome, double took_s) {
    members_[index].outcome = std::move(outcome);
    members_[index].took_s = took_s;
    tell_(members_[index]);
  }

  const std::filesystem::path& fleet_;
  const std::string& campaign_;
  std::vector<FleetMember>& members_;
  const RunLimits& limits_;
  const std::function<void(const FleetMember&)>& tell_;
  std::vector<FleetHost> hosts_;
  std::vector<std::size_t> waiting_;
  std::list<AtWork> at_work_;
};

}  // namespace

void run_hosts(const std::filesystem::path& fleet, const std::string& campaign,
               std::vector<FleetMember>& members, const RunLimits& limits,
               const std::function<void(const FleetMember&)>& tell) {
  Hosts hosts(fleet, campaign, members, limits, tell);
  while (!hosts.done()) {
    hosts.see_who_ended();
    if (stop_requested()) hosts.stop_all();
    hosts.stop_late_ones();
    hosts.begin_some();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace hopcost::campaign
