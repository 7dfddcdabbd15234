#include "campaign/doctor/proc_text.h"

#include <algorithm>
#include <charconv>

namespace hopcost::campaign {
namespace {

std::optional<std::uint64_t> to_number(std::string_view text, int base = 10) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (fault != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

/// The rest of the line that begins with `key`, without blanks and a colon before it.
std::optional<std::string_view> line_after(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.starts_with(key)) {
      line.remove_prefix(key.size());
      line.remove_prefix(std::min(line.find_first_not_of(" \t:"), line.size()));
      return line;
    }
    at = end + 1;
  }
  return std::nullopt;
}

std::vector<std::string_view> words(std::string_view text, std::string_view separators = " \t\n") {
  std::vector<std::string_view> all;
  for (std::size_t at = text.find_first_not_of(separators); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    all.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(separators, end);
  }
  return all;
}

}  // namespace

std::optional<std::uint64_t> effective_capabilities(std::string_view status) {
  const auto line = line_after(status, "CapEff:");
  return line ? to_number(*line, 16) : std::nullopt;
}

std::pair<unsigned, unsigned> kernel_version(std::string_view release) {
  const std::size_t dot = release.find('.');
  if (dot == std::string_view::npos) return {0, 0};
  const auto major = to_number(release.substr(0, dot));
  const auto minor = to_number(release.substr(dot + 1));
  if (!major || !minor) return {0, 0};
  return {static_cast<unsigned>(*major), static_cast<unsigned>(*minor)};
}

std::optional<std::string> cmdline_value(std::string_view cmdline, std::string_view key) {
  std::optional<std::string> value;
  for (std::string_view word : words(cmdline)) {
    if (!word.starts_with(key)) continue;
    word.remove_prefix(key.size());
    if (word.empty()) value = "";
    if (word.starts_with('=')) value = std::string(word.substr(1));
  }
  return value;
}

std::vector<unsigned> cpu_list(std::string_view list) {
  constexpr std::uint64_t kMostCpus = 4096;
  std::vector<unsigned> cpus;
  for (const std::string_view part : words(list, ", \n")) {
    const std::size_t dash = part.find('-');
    const auto first = to_number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : to_number(part.substr(dash + 1));
    if (!first || !last) continue;
    for (std::uint64_t cpu = *first; cpu <= *last && cpus.size() < kMostCpus; ++cpu)
      cpus.push_back(static_cast<unsigned>(cpu));
  }
  return cpus;
}

std::optional<double> steal_share(std::string_view stat) {
  const auto line = line_after(stat, "cpu ");
  if (!line) return std::nullopt;
  constexpr std::size_t kStealField = 7;  // proc(5): user nice system idle iowait irq softirq steal
  const auto fields = words(*line);
  if (fields.size() <= kStealField) return std::nullopt;
  double total = 0;
  for (std::size_t i = 0; i <= kStealField; ++i)
    total += static_cast<double>(to_number(fields[i]).value_or(0));
  return total > 0 ? static_cast<double>(to_number(fields[kStealField]).value_or(0)) / total : 0;
}

std::optional<std::uint64_t> meminfo_field(std::string_view meminfo, std::string_view key) {
  const auto line = line_after(meminfo, std::string(key) + ":");
  return line ? to_number(*line) : std::nullopt;
}

bool has_cpu_flag(std::string_view cpuinfo, std::string_view flag) {
  const auto line = line_after(cpuinfo, "flags");
  if (!line) return false;
  const auto flags = words(*line);
  return std::ranges::find(flags, flag) != flags.end();
}

std::string_view time_daemon_unit(std::string_view comm) {
  constexpr std::pair<std::string_view, std::string_view> kDaemons[] = {
      {"systemd-timesyn", "systemd-timesyncd"},
      {"chronyd", "chrony"},
      {"ntpd", "ntp"},
      {"ntpsec", "ntpsec"},
      {"ptp4l", "ptp4l"},
      {"phc2sys", "phc2sys"},
      {"timemaster", "timemaster"}};
  for (const auto& [name, unit] : kDaemons)
    if (comm == name) return unit;
  return {};
}

std::vector<std::string> instances_of(const std::vector<std::string>& namespace_names) {
  constexpr std::string_view kPrefix = "hc-";
  std::vector<std::string> instances;
  for (const std::string& name : namespace_names) {
    const std::size_t dash = name.rfind('-');
    if (!name.starts_with(kPrefix) || dash <= kPrefix.size() || dash + 1 == name.size()) continue;
    instances.push_back(name.substr(kPrefix.size(), dash - kPrefix.size()));
  }
  std::ranges::sort(instances);
  const auto repeats = std::ranges::unique(instances);
  instances.erase(repeats.begin(), repeats.end());
  return instances;
}

}  // namespace hopcost::campaign
