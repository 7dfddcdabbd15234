#include "campaign/fleet/schedule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace hopcost::campaign {
namespace {

std::string place_name(const SiteConfig& site) {
  return site.host.empty() ? "" : fmt::format("{} {}", site.host, fmt::join(site.ssh, " "));
}

}  // namespace

std::vector<std::string> places_of(const FleetHost& host) {
  std::vector<std::string> places = {place_name(host.tester)};
  if (place_name(host.device) != places.front()) places.push_back(place_name(host.device));
  return places;
}

std::optional<std::size_t> next_host(const std::vector<FleetHost>& hosts,
                                     const std::vector<std::size_t>& waiting,
                                     const std::vector<std::size_t>& running) {
  std::set<std::string> taken;
  for (const std::size_t i : running) {
    for (const std::string& place : places_of(hosts[i])) taken.insert(place);
  }
  const auto free = [&](std::size_t i) {
    return std::ranges::none_of(places_of(hosts[i]), [&](const auto& p) { return taken.contains(p); });
  };
  const auto served = [&](std::size_t i) {
    return std::ranges::count_if(waiting, [&](std::size_t other) {
      return places_of(hosts[other]).front() == places_of(hosts[i]).front();
    });
  };
  std::optional<std::size_t> best;
  for (const std::size_t i : waiting) {
    if (free(i) && (!best || served(i) > served(*best))) best = i;
  }
  return best;
}

}  // namespace hopcost::campaign
