#include "campaign/fleet/host_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "base/control.h"
#include "base/text.h"
#include "campaign/report/folder.h"

namespace hopcost::campaign {
namespace {

toml::table site_table(const SiteConfig& site) {
  toml::table table;
  for (const auto& [key, value] :
       {std::pair{"host", &site.host}, {"nic", &site.nic}, {"folder", &site.folder}}) {
    if (!value->empty()) table.insert(key, *value);
  }
  if (site.wire != SiteConfig().wire) table.insert("wire", site.wire);
  toml::array words;
  for (const std::string& w : site.ssh) words.push_back(w);
  if (!words.empty()) table.insert("ssh", std::move(words));
  return table;
}

/// The last error in a log, with its hint; else its last line.
std::string last_error(const std::string& log) {
  const auto lines = split(log, '\n');
  std::string last;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    constexpr std::string_view kError = "hopcost: error: ";
    if (lines[i].starts_with(kError)) {
      last = lines[i].substr(kError.size());
      if (i + 1 < lines.size() && lines[i + 1].starts_with("  ")) last += "; " + lines[i + 1].substr(2);
    } else if (last.empty() && i + 1 == lines.size()) {
      for (const std::string& line : lines) last = line.empty() ? last : line;
    }
  }
  return last.empty() ? "it ended without a message" : last;
}

/// Why the run is unfit for a claim.
std::string unfit_reasons(const nlohmann::json& verdict) {
  std::vector<std::string> reasons;
  for (const nlohmann::json& r : verdict.value("reasons", nlohmann::json::array()))
    if (r.is_string()) reasons.push_back(r);
  return fmt::format("{}", fmt::join(reasons, "; "));
}

}  // namespace

HostFolder folder_of(const std::filesystem::path& fleet, const std::string& host) {
  std::string name = host;
  std::ranges::replace_if(
      name, [](unsigned char c) { return c == '/' || c < ' '; }, '_');
  if (name.starts_with('.')) name[0] = '_';
  return {fleet / "hosts" / name};
}

std::string host_campaign(const std::string& campaign, const FleetHost& host) {
  auto file = toml::parse(campaign);
  file.insert_or_assign("tester", site_table(host.tester));
  file.insert_or_assign("device", site_table(host.device));
  if (same_place(host.tester, host.device)) file.erase("clock_bound");  // which is about two hosts' clocks
  std::ostringstream text;
  text << file << "\n";
  return text.str();
}

HostOutcome read_outcome(const HostFolder& folder) {
  HostOutcome outcome;
  auto result = read_result(folder.result());
  if (!result) {
    auto log = read_text(folder.log());
    if (!log) return outcome;
    const bool there = std::filesystem::exists(folder.result() / "result.json");
    return {"failed", there ? result.error().what : last_error(*log), nullptr};
  }
  const nlohmann::json complete = result->value("complete", nlohmann::json());
  const nlohmann::json verdict = result->value("verdict", nlohmann::json());
  if (!complete.is_boolean())
    return {"failed", (folder.result() / "result.json").string() + " does not say whether it is complete",
            nullptr};
  if (complete == false)
    outcome = {"partial", get_string_or(*result, "partial_reason", ""), nullptr};
  else if (verdict.is_object() && verdict.value("fit", nlohmann::json(true)) == false)
    outcome = {"unfit", unfit_reasons(verdict), nullptr};
  else
    outcome.state = "complete";
  outcome.result = *std::move(result);
  return outcome;
}

}  // namespace hopcost::campaign
