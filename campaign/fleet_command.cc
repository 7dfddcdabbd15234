#include "campaign/fleet_command.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/fd.h"
#include "base/log.h"
#include "base/toml_file.h"
#include "base/whole_file.h"
#include "campaign/fleet/fleet_metrics.h"
#include "campaign/fleet/fleet_table.h"
#include "campaign/fleet/kubernetes.h"
#include "campaign/fleet/schedule.h"
#include "campaign/report/folder.h"
#include "campaign/report/report.h"
#include "campaign/result/result_folder.h"
#include "campaign/run_start.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A campaign's text, and what it says.
struct FleetCampaign {
  std::string text;
  Config config;
};

/// Checks the campaign for these two ends. Errors: validate()'s.
Result<void> validate_for(Config config, const SiteConfig& tester, const SiteConfig& device) {
  config.tester = tester;
  config.device = device;
  if (config.backend.empty()) config.backend = default_backend(config);
  return validate(config);
}

Result<FleetCampaign> read_fleet_campaign(const fs::path& file) {
  FleetCampaign campaign;
  campaign.config.backend.clear();
  if (!file.empty()) {
    auto read = TomlFile::read(file);
    if (!read) return forward(read);
    campaign.text = read->text();
    if (auto r = read_campaign(file, campaign.config); !r) return forward(r);
  }
  if (!campaign.config.attach.empty())
    return error(Exit::kUsage, "a fleet measures modes that it builds, and the campaign attaches containers",
                 "leave \"attach\" out");
  // Faults that don't depend on the host are reported once.
  if (auto r = validate_for(campaign.config, {}, {}); !r) return forward(r);
  return campaign;
}

/// Notes for each host why its run can't be begun, before any run begins.
void find_faults(std::vector<FleetHost>& hosts, const Config& campaign) {
  std::vector<std::pair<fs::path, std::string>> folders;
  for (FleetHost& host : hosts) {
    if (auto r = validate_for(campaign, host.tester, host.device); !r && host.fault.empty())
      host.fault = r.error().what + "; " + r.error().hint;
    const fs::path folder = folder_of("", host.name).path;
    const auto same = std::ranges::find(folders, folder, &std::pair<fs::path, std::string>::first);
    if (same != folders.end()) host.fault = fmt::format("its folder would be {}'s too", same->second);
    folders.emplace_back(folder, host.name);
  }
}

/// The hosts with the results that they have already. Complete and fit results of exactly the same campaign
/// are kept.
std::vector<FleetMember> members_of(const std::vector<FleetHost>& hosts, const FleetOptions& options,
                                    const std::string& campaign) {
  std::vector<FleetMember> members;
  for (const FleetHost& host : hosts) {
    FleetMember& member = members.emplace_back(FleetMember{host, {}});
    const HostFolder folder = folder_of(options.out, host.name);
    if (!host.fault.empty()) {
      member.outcome = {"failed", host.fault, nullptr};
      continue;
    }
    HostOutcome before = read_outcome(folder);
    auto of = read_text(folder.campaign());
    const bool same = of && *of == host_campaign(campaign, host);
    member.reused = before.state == "complete" && (same || options.collect);
    if (member.reused || options.collect) member.outcome = std::move(before);
    if (options.collect && member.outcome.state == "waiting") member.outcome.reason = "it has no result yet";
  }
  return members;
}

/// Locks the folder until the descriptor is closed. Errors: kRefused when another fleet has it.
Result<Fd> lock_folder(const fs::path& folder) {
  Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, fmt::format("open the folder {}", folder.string()));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  return error(Exit::kRefused, fmt::format("another hopcost fleet works in {}", folder.string()),
               "wait for it, or name another folder with --out");
}

Exit code_of(const std::vector<FleetMember>& members) {
  const auto any = [&](auto&& test) {
    return std::ranges::any_of(members, [&](const FleetMember& m) { return test(m.outcome); });
  };
  if (!any([](const HostOutcome& o) { return o.result.is_object(); })) return Exit::kFailure;
  if (any([](const HostOutcome& o) { return o.state != "complete" && o.state != "unfit"; }))
    return Exit::kPartial;
  return any([](const HostOutcome& o) { return o.state == "unfit"; }) ? Exit::kUnfit : Exit::kOk;
}

/// The text of fleet.json. Messages from hosts may have any encoding, so bytes that are not UTF-8 are
/// replaced.
std::string fleet_text(const json& fleet) {
  return fleet.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<void> write_fleet(const FleetOptions& options, const json& fleet) {
  if (auto r = replace_text(options.out / "fleet.json", fleet_text(fleet)); !r) return r;
  const std::string metrics = fleet_metrics(fleet, static_cast<double>(std::time(nullptr)));
  if (auto r = replace_text(options.out / "fleet.prom", metrics); !r) return r;
  if (auto r = write_report(options.out); !r) return r;
  return options.metrics.empty() ? Result<void>() : replace_text(options.metrics, metrics);
}

/// Prints the manifests for kubectl; logs which hosts are left out, and why.
Exit print_manifests(const FleetOptions& options, const std::vector<FleetHost>& hosts,
                     const FleetCampaign& campaign) {
  bool all = true;
  for (const FleetHost& h : hosts) {
    const bool nameless = places_of(h).size() > 1 && h.tester_name.empty();
    const std::string why = nameless ? "its tester is no host of the inventory (hopcost_tester)" : h.fault;
    if (!why.empty()) log_warn("left out: {}: {}", h.name, why);
    all = all && why.empty();
  }
  const Config& c = campaign.config;
  const double budget_s = c.budget_s * static_cast<double>(levels(c).size());
  fmt::print("{}\n", kubernetes_manifests(hosts, campaign.text, budget_s, options.image).dump(1));
  return all ? Exit::kOk : Exit::kPartial;
}

/// Logs how a host ended.
void tell_end(const FleetMember& member, std::size_t done, std::size_t of) {
  const std::string why = member.outcome.reason.empty() ? "" : ": " + member.outcome.reason;
  log_info("{} of {}: {}: {}{}", done, of, member.host.name, member.outcome.state, why);
}

}  // namespace

Result<Exit> fleet_command(const FleetOptions& given, const std::vector<std::string>& command) {
  FleetOptions options = given;
  auto campaign = read_fleet_campaign(options.campaign);
  if (!campaign) return forward(campaign);
  auto inventory = read_inventory(options.inventory);
  if (!inventory) return forward(inventory);
  auto hosts = fleet_hosts(*inventory, campaign->config, options.limit);
  if (!hosts) return forward(hosts);
  find_faults(*hosts, campaign->config);
  if (options.kubernetes) return print_manifests(options, *hosts, *campaign);
  const std::time_t started = std::time(nullptr);
  if (options.out.empty())
    options.out = fmt::format("results/fleet-{:%Y-%m-%dT%H%M%SZ}", fmt::gmtime(started));
  if (auto r = prepare_folder(options.out); !r) return forward(r);
  auto lock = lock_folder(options.out);
  if (!lock) return forward(lock);

  const auto begun = std::chrono::steady_clock::now();
  std::vector<FleetMember> members = members_of(*hosts, options, campaign->text);
  std::size_t done = 0;
  const auto to_run = static_cast<std::size_t>(
      std::ranges::count_if(members, [](const FleetMember& m) { return m.outcome.state == "waiting"; }));
  if (!options.collect)
    run_hosts(options.out, campaign->text, members, options.limits, [&](const FleetMember& m) {
      ++done;
      if (!options.quiet) tell_end(m, done, to_run);
    });

  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun;
  const json fleet = fleet_json(
      {command, iso_time(started), elapsed.count(), options.inventory, options.campaign.string()}, members);
  std::fputs((options.json ? fleet_text(fleet) : fleet_table(fleet)).c_str(), stdout);
  std::fflush(stdout);
  if (auto r = write_fleet(options, fleet); !r) return forward(r);
  log_info("result: {}", (options.out / "report.html").string());
  const Exit code = code_of(members);
  if (code != Exit::kOk && code != Exit::kUnfit && !options.collect)
    log_info("the same command with --out {} runs those again that have no complete and fit result",
             options.out.string());
  return code;
}

}  // namespace hopcost::campaign
