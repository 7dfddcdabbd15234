#include "campaign/fleet/inventory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/look.h"
#include "base/shell.h"
#include "base/text.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// By group: its hosts, with those of its child groups.
using Groups = std::map<std::string, std::vector<std::string>>;

void add_hosts(const json& inventory, const std::string& group, std::vector<std::string>& hosts,
               std::set<std::string>& seen) {
  if (!seen.insert(group).second) return;  // groups may contain each other
  const json& own = look(inventory, group);
  for (const json& host : look(own, "hosts"))
    if (host.is_string() && std::ranges::find(hosts, host.get<std::string>()) == hosts.end())
      hosts.push_back(host);
  for (const json& child : look(own, "children"))
    if (child.is_string()) add_hosts(inventory, child, hosts, seen);
}

Groups groups_of(const json& inventory) {
  Groups groups;
  for (const auto& [name, ignored] : inventory.items()) {
    std::set<std::string> seen;
    if (name != "_meta") add_hosts(inventory, name, groups[name], seen);
  }
  return groups;
}

/// The first of these variables that has a value, as text; empty when none has.
std::string variable(const json& vars, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const json& value = look(vars, name);
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value.get<std::string>();
    if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  }
  return {};
}

bool is_false(const std::string& text) {
  return text == "false" || text == "False" || text == "no" || text == "0";
}

/// How ssh reaches a host, from the variables that Ansible's ssh connection uses.
Result<SiteConfig> site_of(const std::string& name, const json& vars) {
  for (const char* var :
       {"ansible_connection", "ansible_host", "ansible_ssh_host", "ansible_user", "ansible_ssh_user",
        "ansible_port", "ansible_ssh_port", "ansible_ssh_private_key_file", "ansible_private_key_file",
        "ansible_host_key_checking", "ansible_ssh_host_key_checking", "ansible_ssh_args",
        "ansible_ssh_common_args", "ansible_ssh_extra_args", "hopcost_tester", "hopcost_nic",
        "hopcost_tester_nic", "hopcost_folder", "hopcost_tester_folder"}) {
    if (variable(vars, {var}).find("{{") != std::string::npos)
      return error(Exit::kUsage,
                   fmt::format("{} is a template, which ansible-inventory leaves as it is", var),
                   "write its value, or use the Ansible role (doc/fleet.md)");
  }
  SiteConfig site;
  const std::string how = variable(vars, {"ansible_connection"});
  if (how == "local" || how == "ansible.builtin.local") return site;
  if (!how.empty() && how != "ssh" && how != "smart" && how != "ansible.builtin.ssh" && how != "paramiko" &&
      how != "paramiko_ssh")
    return error(Exit::kUsage, fmt::format("ansible_connection is {}", how), "hopcost knows ssh and local");
  site.host = variable(vars, {"ansible_host", "ansible_ssh_host"});
  if (site.host.empty()) site.host = name;
  if (const std::string user = variable(vars, {"ansible_user", "ansible_ssh_user"}); !user.empty())
    site.host = user + "@" + site.host;
  if (const std::string port = variable(vars, {"ansible_port", "ansible_ssh_port"}); !port.empty())
    site.ssh.insert(site.ssh.end(), {"-p", port});
  if (const std::string key = variable(vars, {"ansible_ssh_private_key_file", "ansible_private_key_file"});
      !key.empty())
    site.ssh.insert(site.ssh.end(), {"-i", key});
  if (is_false(variable(vars, {"ansible_host_key_checking", "ansible_ssh_host_key_checking"})))
    site.ssh.insert(site.ssh.end(), {"-o", "StrictHostKeyChecking=no"});
  for (const char* more : {"ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"}) {
    auto words = words_of_shell(variable(vars, {more}));
    if (!words) return error(Exit::kUsage, fmt::format("{}: {}", more, words.error().what));
    site.ssh.insert(site.ssh.end(), words->begin(), words->end());
  }
  return site;
}

/// The tester that a host's variables name: another host of the inventory, localhost, or a host as on ssh's
/// command line.
Result<SiteConfig> tester_of(const std::string& name, const json& hostvars, const SiteConfig& campaign) {
  const json& own = look(hostvars, name);
  if (!hostvars.contains(name)) {
    SiteConfig site;
    if (name != "localhost") {
      site = campaign;
      site.host = name;
    }
    return site;
  }
  auto site = site_of(name, own);
  if (site && !site->host.empty()) site->folder = variable(own, {"hopcost_folder"});
  return site;
}

/// Fills in one host's run.
Result<void> read_host(FleetHost& host, const json& hostvars, const Config& campaign) {
  const json& vars = look(hostvars, host.name);
  auto device = site_of(host.name, vars);
  if (!device) return forward(device);
  host.device = std::move(*device);
  const auto fallen_back = [&](const char* name, const std::string& otherwise) {
    const std::string own = variable(vars, {name});
    return own.empty() ? otherwise : own;
  };
  host.device.nic = fallen_back("hopcost_nic", campaign.device.nic);
  if (!host.device.nic.empty()) host.device.wire = campaign.device.wire;
  if (!host.device.host.empty()) host.device.folder = fallen_back("hopcost_folder", campaign.device.folder);
  const std::string named = variable(vars, {"hopcost_tester"});
  if (!named.empty()) {
    auto tester = tester_of(named, hostvars, campaign.tester);
    if (!tester) return error(Exit::kUsage, fmt::format("its tester {}: {}", named, tester.error().what));
    host.tester = std::move(*tester);
    host.tester_name = named;
  } else if (!campaign.tester.host.empty() || !host.device.nic.empty()) {
    host.tester = campaign.tester;  // if it names no host, this machine sends
  } else {
    host.tester = host.device;  // both ends are on one machine, joined by a veth pair
    return {};
  }
  host.tester.nic = fallen_back("hopcost_tester_nic", campaign.tester.nic);
  if (host.tester.host.empty()) return {};
  host.tester.folder = fallen_back("hopcost_tester_folder",
                                   host.tester.folder.empty() ? campaign.tester.folder : host.tester.folder);
  return {};
}

bool has_pattern(const std::string& pattern, const FleetHost& host) {
  const auto fits = [&](const std::string& name) { return fnmatch(pattern.c_str(), name.c_str(), 0) == 0; };
  return pattern == "all" || fits(host.name) || std::ranges::any_of(host.groups, fits);
}

/// The hosts that `limit` leaves. Errors: kUsage for a pattern that matches nothing.
Result<std::vector<FleetHost>> limited(std::vector<FleetHost> hosts, const std::string& limit) {
  std::vector<std::string> with, without;
  for (const std::string& word : split(limit, ',')) {
    if (word.empty()) continue;
    const std::string pattern = word.starts_with('!') ? word.substr(1) : word;
    if (std::ranges::none_of(hosts, [&](const FleetHost& h) { return has_pattern(pattern, h); }))
      return error(Exit::kUsage, fmt::format("no host or group of the inventory is '{}'", pattern),
                   "ansible-inventory -i INVENTORY --graph shows them");
    (word.starts_with('!') ? without : with).push_back(pattern);
  }
  std::erase_if(hosts, [&](const FleetHost& h) {
    const auto has = [&](const std::string& pattern) { return has_pattern(pattern, h); };
    return (!with.empty() && std::ranges::none_of(with, has)) || std::ranges::any_of(without, has);
  });
  return hosts;
}

std::vector<FleetHost> named_hosts(const json& inventory) {
  const Groups groups = groups_of(inventory);
  std::vector<FleetHost> hosts;
  const auto add = [&](const std::string& name) -> FleetHost& {
    const auto at = std::ranges::find(hosts, name, &FleetHost::name);
    return at != hosts.end() ? *at : hosts.emplace_back(FleetHost{name, {}, {}, {}, {}, {}});
  };
  for (const auto& [group, names] : groups) {
    if (group == "all") continue;
    for (const std::string& name : names) add(name).groups.push_back(group);
  }
  for (const auto& [name, vars] : look(look(inventory, "_meta"), "hostvars").items()) add(name);
  return hosts;
}

/// The testers that hosts of the inventory name.
std::set<std::string> tester_names(const std::vector<FleetHost>& hosts, const json& hostvars) {
  std::set<std::string> names;
  for (const FleetHost& host : hosts) {
    const std::string tester = variable(look(hostvars, host.name), {"hopcost_tester"});
    if (tester != host.name) names.insert(tester);
  }
  return names;
}

}  // namespace

Result<json> read_inventory(const std::vector<std::string>& sources) {
  std::string command = "ansible-inventory --list";
  for (const std::string& source : sources) {
    // A list of hosts with a comma in it is an inventory, too.
    std::error_code none;
    if (source.find(',') == std::string::npos && !std::filesystem::exists(source, none))
      return error(Exit::kMissing, fmt::format("there is no inventory {}", source));
    command += " -i " + shell_quoted(source);
  }
  auto listed = shell_output(command);
  if (!listed) return forward(listed);
  constexpr int kNotFound = 127;
  if (listed->status == kNotFound)
    return error(Exit::kMissing, "ansible-inventory is not there, which reads inventories",
                 "apt-get install --no-install-recommends ansible-core");
  json read = json::parse(listed->text, nullptr, false);
  if (listed->status != 0 || !read.is_object())
    return error(Exit::kUsage, fmt::format("ansible-inventory can't read {}", fmt::join(sources, ", ")),
                 "its message is above");
  return read;
}

Result<std::vector<FleetHost>> fleet_hosts(const json& inventory, const Config& campaign,
                                           const std::string& limit) {
  std::vector<FleetHost> all = named_hosts(inventory);
  const json& hostvars = look(look(inventory, "_meta"), "hostvars");
  const std::set<std::string> testers = tester_names(all, hostvars);
  auto hosts = limited(std::move(all), limit);
  if (!hosts) return forward(hosts);
  const auto words = split(limit, ',');
  std::erase_if(*hosts, [&](const FleetHost& h) {
    return testers.contains(h.name) && std::ranges::find(words, h.name) == words.end();
  });
  if (hosts->empty())
    return error(Exit::kMissing, "no hosts to measure are in the inventory",
                 "ansible-inventory -i INVENTORY --graph shows what Ansible finds in it");
  for (FleetHost& host : *hosts) {
    if (auto r = read_host(host, hostvars, campaign); !r)
      host.fault = r.error().hint.empty() ? r.error().what : r.error().what + "; " + r.error().hint;
  }
  return hosts;
}

Result<std::vector<std::string>> words_of_shell(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool within = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool escapes = c == '\\' && quote != '\'' && i + 1 < line.size();
    if (escapes && (quote == 0 || line[i + 1] == '"' || line[i + 1] == '\\')) {
      word += line[++i];
      within = true;
    } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? char{0} : c;
      within = true;
    } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      if (within) words.push_back(std::exchange(word, {}));
      within = false;
    } else {
      word += c;
      within = true;
    }
  }
  if (quote != 0) return error(Exit::kUsage, fmt::format("a quote does not end: {}", line));
  if (within) words.push_back(word);
  return words;
}

}  // namespace hopcost::campaign
