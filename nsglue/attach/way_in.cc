#include "nsglue/attach/way_in.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/if.h>

#include <algorithm>
#include <fstream>

#include "nsglue/kernel/ovs.h"

namespace hopcost::nsglue {
namespace {

constexpr std::string_view kOnLower[] = {"macvlan", "macvtap", "ipvlan", "ipvtap", "vlan"};

bool stands_on_lower(const LinkState& link) {
  return std::ranges::find(kOnLower, link.kind) != std::end(kOnLower);
}

bool is_switch(const LinkState& link) {
  return link.kind == "bridge" || link.kind == kOvsLink;
}

bool is_up(const LinkState& link) {
  return (link.flags & IFF_UP) != 0;
}

/// The process's parent, as far as the kernel remembers it: field 4 of /proc/PID/stat, after the name.
pid_t parent_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 >= text.size()) return 0;
  return static_cast<pid_t>(std::strtol(text.c_str() + name_end + 4, nullptr, 10));
}

/// Whether the container has no network of its own: its namespace is its parent's or ours.
bool shares_network(const Located& container) {
  const auto same = [&](const Result<Located>& other) { return other && other->inode == container.inode; };
  if (same(locate("here"))) return true;
  const pid_t parent = container.pid > 1 ? parent_of(container.pid) : 0;
  return parent > 0 && same(locate(fmt::format("pid:{}", parent)));
}

class Finder {
 public:
  Finder(Survey& survey, NetnsState* container, const std::set<std::uint64_t>& others,
         const AttachOptions& options)
      : survey_(survey), container_(container), others_(others), options_(options) {}

  Result<WayIn> run(bool shared) {
    engine_ = container_;
    if (!shared) {
      if (auto done = find_end(); !done) return forward(done);
      if (auto done = climb(); !done) return forward(done);
    }
    if (auto done = find_wire(); !done) return forward(done);
    if (auto done = find_sender(); !done) return forward(done);
    return way_;
  }

 private:
  [[nodiscard]] const std::string& name() const { return container_->at.reference; }

  /// Finds the container's device: the one of its default route, otherwise the first with an address.
  Result<void> find_end() {
    for (const RouteEntry& r : container_->routes) {
      if (r.to.length == 0 && r.to.family == AF_INET) way_.end = {container_, container_->by_index(r.index)};
    }
    for (const auto& [device, link] : container_->links) {
      if (!way_.end && (link.flags & IFF_LOOPBACK) == 0 && is_up(link) && container_->ipv4_of(link))
        way_.end = {container_, &link};
    }
    if (way_.end) return {};
    return error(Exit::kMissing, fmt::format("{} has no device with an IPv4 address", name()),
                 "what has no network can't be measured");
  }

  /// Follows what the device stands on, up to a bridge or the device that leads out.
  Result<void> climb() {
    auto above = survey_.other_side(way_.end);
    if (!above) return forward(above);
    if (!*above) {
      if (way_.end.link->lower_index == 0 && !is_a_process(*way_.end.link)) return {};  // a NIC of its own
      return error(
          Exit::kMissing,
          fmt::format("what is behind {}'s {} ({}) can't be found: no namespace of this machine, or a "
                      "process that carries packets itself",
                      name(), way_.end.link->name, way_.end.link->kind));
    }
    engine_ = above->netns;
    while (*above) {
      way_.stack.insert(way_.stack.begin(), *above);
      const LinkState* master = above->netns->by_index(above->link->master_index);
      if (is_switch(*above->link)) {
        way_.bridge = *above;
        way_.stack.erase(way_.stack.begin());
        return {};
      }
      if (master != nullptr && is_switch(*master)) {
        way_.bridge = {above->netns, master};
        return {};
      }
      if (!stands_on_lower(*above->link)) return {};
      above = survey_.other_side(*above);
      if (!above) return forward(above);
    }
    return {};
  }

  /// Whether a process carries the device's packets, as with tun and tap: slirp4netns, pasta and the like.
  static bool is_a_process(const LinkState& link) { return link.kind == "tun"; }

  /// Whether packets may come in through it: its other end is not another container's.
  Result<bool> may_lead_in(const Spot& spot) {
    if (!is_up(*spot.link) || (spot.link->flags & IFF_LOOPBACK) != 0 || is_switch(*spot.link)) return false;
    if (std::ranges::find(way_.stack, spot) != way_.stack.end()) return false;
    auto other = survey_.other_side(spot);
    if (!other) return forward(other);
    if (!*other) return true;
    return !survey_.is_isolated(*other->netns) && !others_.contains(other->netns->at.inode);
  }

  /// `ports`: the bridge's ports. Otherwise: devices with an address, from which packets are routed.
  Result<std::vector<Spot>> candidates(bool ports) {
    std::vector<Spot> found;
    for (const auto& [device, link] : engine_->links) {
      const Spot spot{engine_, &link};
      const bool is_port = way_.bridge && link.master_index == way_.bridge.link->index;
      if (ports ? !is_port : link.master_index != 0 || !engine_->ipv4_of(link)) continue;
      auto may = may_lead_in(spot);
      if (!may) return forward(may);
      if (*may) found.push_back(spot);
    }
    return found;
  }

  /// The wire is what a macvlan or its like stands on. In other cases there may be a choice.
  Result<void> find_wire() {
    const bool on_lower = way_.end && stands_on_lower(*way_.end.link);
    if (way_.end && way_.stack.empty() && !way_.bridge) {
      way_.wire = way_.end;
      return {};
    }
    if (on_lower && !way_.bridge) {
      way_.wire = way_.stack.front();
      way_.stack.erase(way_.stack.begin());
      return {};
    }
    auto found = candidates(true);
    if (!found) return forward(found);
    auto routed = candidates(false);
    if (!routed) return forward(routed);
    const bool no_ports = found->empty();
    found->insert(found->end(), routed->begin(), routed->end());
    if (!options_.wire.empty())
      std::erase_if(*found, [&](const Spot& s) { return s.link->name != options_.wire; });
    const std::size_t choice =
        options_.wire.empty() && !no_ports ? found->size() - routed->size() : found->size();
    return choose(*found, choice);
  }

  /// Takes the first of `found`. It must be the only one among the first `choice`.
  Result<void> choose(const std::vector<Spot>& found, std::size_t choice) {
    if (choice == 0 && way_.stack.size() == 1 && engine_->ipv4_of(*way_.stack[0].link) &&
        options_.wire.empty()) {
      way_.wire = way_.end;  // a veth pair leads from the sender straight into the container
      way_.stack.clear();
      return {};
    }
    if (choice == 0)
      return error(Exit::kMissing,
                   fmt::format("no device of {} leads to {}{}", engine_->at.reference, name(),
                               options_.wire.empty() ? "" : fmt::format(" by the name {}", options_.wire)),
                   "join one to its bridge, or give it an address; --wire DEVICE names it");
    if (choice > 1) {
      std::vector<std::string> names;
      for (std::size_t i = 0; i < choice; ++i) names.push_back(found[i].link->name);
      return error(Exit::kUsage,
                   fmt::format("several devices lead to {}: {}", name(), fmt::join(names, ", ")),
                   fmt::format("name the one that packets shall come in by: --wire {}", names.front()));
    }
    way_.wire = found.front();
    const bool port = way_.bridge && way_.wire.link->master_index == way_.bridge.link->index;
    way_.routed = way_.end && !port;
    return {};
  }

  /// The sender is the other end of the wire, or the device that the user named.
  Result<void> find_sender() {
    if (!options_.from.empty()) return find_named_sender();
    if (way_.wire.link->kind != "veth") return {};
    auto other = survey_.other_side(way_.wire);
    if (!other) return forward(other);
    way_.sender = *other;
    return {};
  }

  Result<void> find_named_sender() {
    const std::size_t at = options_.from.find('@');
    const std::string device = options_.from.substr(0, at);
    auto place = locate(at == std::string::npos ? "here" : "netns:" + options_.from.substr(at + 1));
    if (!place) return forward(place);
    auto netns = survey_.look_at(*place);
    if (!netns) return forward(netns);
    const auto link = (*netns)->links.find(device);
    if (link == (*netns)->links.end())
      return error(Exit::kMissing, fmt::format("--from {}: there is no device {}", options_.from, device),
                   "write DEVICE, or DEVICE@NETNS of what `ip netns` lists");
    way_.sender = {*netns, &link->second};
    return {};
  }

  Survey& survey_;
  NetnsState* container_;
  NetnsState* engine_ = nullptr;
  const std::set<std::uint64_t>& others_;
  const AttachOptions& options_;
  WayIn way_;
};

}  // namespace

Result<WayIn> find_way_in(Survey& survey, const Located& container, const std::set<std::uint64_t>& others,
                          const AttachOptions& options) {
  auto netns = survey.look_at(container);
  if (!netns) return forward(netns);
  return Finder(survey, *netns, others, options).run(shares_network(container));
}

}  // namespace hopcost::nsglue
