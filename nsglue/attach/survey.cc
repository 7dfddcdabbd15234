#include "nsglue/attach/survey.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/netns.h"
#include "nsglue/kernel/ovs.h"

namespace hopcost::nsglue {
namespace {

namespace fs = std::filesystem;

/// Where a link of /proc leads, such as "pid:[4026531836]"; empty when it can't be read or the process has
/// gone.
std::string link_at(const std::string& path) {
  std::array<char, 64> text;
  const ssize_t length = readlink(path.c_str(), text.data(), text.size());
  return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length)) : std::string();
}

/// The number in "net:[4026531840]"; 0 when there is none.
std::uint64_t inode_in(const std::string& link) {
  const std::size_t open = link.find('[');
  return open == std::string::npos ? 0 : std::strtoull(link.c_str() + open + 1, nullptr, 10);
}

void add_place(std::vector<Place>& places, Result<Located> at) {
  if (!at) return;  // has gone meanwhile
  const auto same = [&](const Place& p) { return p.at.inode == at->inode; };
  if (std::ranges::none_of(places, same)) places.push_back({std::move(*at)});
}

void add_named(std::vector<Place>& places) {
  std::error_code none;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kNetnsDir, none)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  for (const std::string& name : names) add_place(places, locate("netns:" + name));
}

/// Adds the namespace of every process. A namespace is isolated when all its processes are in other PID
/// namespaces than ours.
void add_processes(std::vector<Place>& places) {
  const std::string own = link_at("/proc/self/ns/pid");
  std::map<std::uint64_t, bool>
      ours;  // by network namespace: whether one of its processes is in our PID namespace
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::uint64_t inode = inode_in(link_at(entry.path() / "ns/net"));
    if (inode == 0) continue;
    const auto [at, first] = ours.emplace(inode, false);
    at->second = at->second || link_at(entry.path() / "ns/pid") == own;
    if (first) add_place(places, locate("pid:" + pid));
  }
  for (Place& p : places) {
    const auto at = ours.find(p.at.inode);
    p.isolated = at != ours.end() && !at->second;
  }
}

Result<void> read_netns(NetnsState& netns) {
  auto links = read_links(netns.ns.rtnetlink);
  if (!links) return forward(links);
  netns.links = std::move(*links);
  join_userspace_switches(netns.at.inode, netns.links);
  auto addresses = read_addresses(netns.ns.rtnetlink);
  if (!addresses) return forward(addresses);
  for (const std::string& key : *addresses) {
    const std::size_t blank = key.find(' ');
    const auto prefix = parse_prefix(key.substr(blank + 1));
    const bool link_local = prefix && prefix->family == AF_INET6 && prefix->bytes[0] == 0xfe;
    if (prefix && !link_local)
      netns.addresses[static_cast<unsigned>(std::stoul(key.substr(0, blank)))].push_back(*prefix);
  }
  auto routes = read_routes(netns.ns.rtnetlink);
  if (!routes) return forward(routes);
  netns.routes = std::move(*routes);
  return {};
}

/// The number by which the socket's namespace knows the other one; -1 when it does not know it.
Result<int> netnsid_of(netlink::Socket& rtnetlink, const Fd& other) {
  netlink::Message m(RTM_GETNSID, 0);
  m.header(rtgenmsg{AF_UNSPEC});
  m.u32(NETNSA_FD, static_cast<std::uint32_t>(other.get()));
  int id = NETNSA_NSID_NOT_ASSIGNED;
  auto done = rtnetlink.request(m, "ask for a namespace's number", [&](const nlmsghdr* h) {
    netlink::for_each_attribute(h, netlink::aligned(sizeof(rtgenmsg)),
                                [&](std::uint16_t type, const nlattr* a) {
                                  if (type == NETNSA_NSID) id = netlink::number_of<std::int32_t>(a);
                                });
  });
  if (!done) return forward(done);
  return id;
}

}  // namespace

const LinkState* NetnsState::by_index(unsigned index) const {
  const auto found = std::ranges::find_if(links, [&](const auto& l) { return l.second.index == index; });
  return index == 0 || found == links.end() ? nullptr : &found->second;
}

std::optional<Prefix> NetnsState::ipv4_of(const LinkState& link) const {
  const auto own = addresses.find(link.index);
  if (own == addresses.end()) return std::nullopt;
  const auto first = std::ranges::find(own->second, AF_INET, &Prefix::family);
  return first == own->second.end() ? std::nullopt : std::optional(*first);
}

Result<Survey> Survey::make() {
  Survey survey;
  auto here = locate("here");
  if (!here) return forward(here);
  add_place(survey.places_, std::move(here));
  add_named(survey.places_);
  add_processes(survey.places_);
  return survey;
}

Result<NetnsState*> Survey::look_at(const Located& at) {
  for (NetnsState& netns : states_) {
    if (netns.at.inode == at.inode) return &netns;
  }
  auto ns = open_namespace(at.netns);
  if (!ns) return forward(ns);
  states_.push_back({at, std::move(*ns), {}, {}, {}});
  if (auto done = read_netns(states_.back()); !done) {
    states_.pop_back();
    return forward(done);
  }
  return &states_.back();
}

Result<const Place*> Survey::place_of(NetnsState& netns, int netnsid) {
  for (const Place& place : places_) {
    auto fd = open_netns(place.at.netns);
    if (!fd) continue;  // has gone meanwhile
    auto id = netnsid_of(netns.ns.rtnetlink, *fd);
    if (!id) return forward(id);
    if (*id == netnsid) return &place;
  }
  return nullptr;
}

Result<Spot> Survey::other_side(const Spot& of) {
  NetnsState* netns = of.netns;
  if (of.link->lower_index == 0) return Spot{};
  if (of.link->lower_netnsid >= 0) {
    auto place = place_of(*of.netns, of.link->lower_netnsid);
    if (!place) return forward(place);
    if (*place == nullptr) return Spot{};
    auto there = look_at((*place)->at);
    if (!there) return forward(there);
    netns = *there;
  }
  return Spot{netns, netns->by_index(of.link->lower_index)};
}

bool Survey::is_isolated(const NetnsState& netns) const {
  return std::ranges::any_of(places_,
                             [&](const Place& p) { return p.at.inode == netns.at.inode && p.isolated; });
}

std::set<std::uint16_t> used_udp_ports(const std::string& netns) {
  std::set<std::uint16_t> used;
  auto inside = NetnsScope::enter(netns);
  if (!inside) return used;
  for (const char* path : {"/proc/thread-self/net/udp", "/proc/thread-self/net/udp6"}) {
    std::ifstream file(path);
    std::string slot, local, rest;
    std::getline(file, rest);  // the columns' names
    while (file >> slot >> local && std::getline(file, rest)) {
      const std::size_t colon = local.rfind(':');  // "00000000:0009"
      if (colon == std::string::npos) continue;
      used.insert(static_cast<std::uint16_t>(std::stoul(local.substr(colon + 1), nullptr, 16)));
    }
  }
  return used;
}

std::uint16_t free_udp_port(const std::set<std::uint16_t>& used) {
  std::uint16_t port = 9;
  while (used.contains(port) || used.contains(static_cast<std::uint16_t>(port + 1))) ++port;
  return port;
}

}  // namespace hopcost::nsglue
