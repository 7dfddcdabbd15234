#include "nsglue/topology/address_plan.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace hopcost::nsglue {
namespace {

constexpr unsigned kMostHost = kContainerStride - 2;  // an IPv4 subnet's last address is its broadcast
constexpr unsigned kMostSubnets = 16;                 // for each family, of shared and of own subnets
constexpr unsigned kFirstOwnIpv6 = 0x1000;            // in the fourth group of 2001:2::/48

/// The address with the bits after its prefix cleared.
Prefix masked(Prefix p) {
  for (unsigned bit = p.length; bit < 8 * p.size(); ++bit)
    p.bytes[bit / 8] = static_cast<std::uint8_t>(p.bytes[bit / 8] & ~(0x80u >> bit % 8));
  return p;
}

/// The host part of the address as a number; kMostHost + 1 stands for anything larger.
unsigned host_of(const Prefix& address, unsigned length) {
  Prefix net = address;
  net.length = length;
  net = masked(net);
  const unsigned last = address.size() - 1;
  for (unsigned i = 0; i < last; ++i) {
    if (address.bytes[i] != net.bytes[i]) return kMostHost + 1;
  }
  return std::min<unsigned>(address.bytes[last] ^ net.bytes[last], kMostHost + 1);
}

void add_host(Prefix& net, unsigned host) {
  const unsigned last = net.size() - 1;
  net.bytes[last] = static_cast<std::uint8_t>(net.bytes[last] + host);
  net.bytes[last - 1] = static_cast<std::uint8_t>(net.bytes[last - 1] + (host >> 8));
}

std::string bare(const Prefix& p) {
  return address_text(p.family, p.bytes.data());
}

}  // namespace

Result<AddressPlan> AddressPlan::make(const Topology& topology,
                                      const std::function<bool(const Device&)>& own) {
  AddressPlan plan;
  for (const Device& d : topology.devices) {
    for (const auto* list : {&d.ipv4, &d.ipv6}) {
      for (const std::string& text : *list) {
        if (auto done = plan.add(text, own(d)); !done) return forward(done);
      }
    }
  }
  if (auto done = plan.number_all(); !done) return forward(done);
  return plan;
}

Result<void> AddressPlan::add(const std::string& text, bool own) {
  const auto p = parse_prefix(text);
  if (!p) return error(Exit::kUsage, fmt::format("'{}' is not an address", text));
  const unsigned host = host_of(*p, p->length);
  if (host == 0 || host > kMostHost)
    return error(Exit::kUsage,
                 fmt::format("the host number of {} is not 1 to {}: there is no room for containers between",
                             text, kMostHost));
  owners_[bare(*p)] = own;
  const Prefix net = masked(*p);
  for (Subnet& s : subnets_) {
    if (s.net == net) {
      s.own = s.own && own;
      return {};
    }
    if (same_subnet(s.net, net) || same_subnet(net, s.net))
      return error(Exit::kUsage,
                   fmt::format("the subnets {} and {} overlap", prefix_text(s.net), prefix_text(net)));
  }
  subnets_.push_back({net, own});
  return {};
}

Result<void> AddressPlan::number_all() {
  std::map<std::pair<int, bool>, unsigned> next;
  for (Subnet& s : subnets_) {
    s.number = next[{s.net.family, s.own}]++;
    if (s.number >= kMostSubnets)
      return error(Exit::kUsage, fmt::format("it has more than {} subnets", kMostSubnets));
  }
  return {};
}

const AddressPlan::Subnet* AddressPlan::subnet_of(const Prefix& address) const {
  for (const Subnet& s : subnets_) {
    if (same_subnet(s.net, address)) return &s;
  }
  return nullptr;
}

Prefix AddressPlan::net_of(const Subnet& s, unsigned i) {
  Prefix net;
  net.family = s.net.family;
  const auto byte = [](unsigned value) { return static_cast<std::uint8_t>(value); };
  if (net.family == AF_INET) {
    net.length = s.own ? 28 : 20;
    net.bytes = {198, byte(s.own ? 19 : 18), byte(s.own ? i : 16 * s.number),
                 byte(s.own ? 16 * s.number : 0)};
    return net;
  }
  const unsigned group = s.own ? kFirstOwnIpv6 + 16 * i + s.number : s.number;
  net.length = 64;
  net.bytes = {0x20, 0x01, 0x00, 0x02, 0, 0, byte(group >> 8), byte(group)};
  return net;
}

bool AddressPlan::differs(const std::string& text) const {
  const auto p = parse_prefix(text);
  if (!p) return false;
  const auto owner = owners_.find(bare(*p));
  if (owner != owners_.end()) return owner->second;
  const Subnet* s = p->length == 0 ? nullptr : subnet_of(masked(*p));
  return s != nullptr && s->own;
}

Result<std::string> AddressPlan::address(const std::string& text, unsigned i) const {
  auto full = with_length(text, i);
  if (full) full->erase(full->find('/'));
  return full;
}

Result<std::string> AddressPlan::with_length(const std::string& text, unsigned i) const {
  const auto p = parse_address(text.substr(0, text.find('/')));
  const auto owner = p ? owners_.find(bare(*p)) : owners_.end();
  const Subnet* s = p ? subnet_of(*p) : nullptr;
  if (owner == owners_.end() || s == nullptr)
    return error(Exit::kUsage, fmt::format("{} is no device's address", text));
  Prefix moved = net_of(*s, i);
  const bool counts = owner->second && !s->own;
  add_host(moved, host_of(*p, s->net.length) + (counts ? kContainerStride * i : 0));
  return prefix_text(moved);
}

Result<std::string> AddressPlan::destination(const std::string& text, unsigned i) const {
  const auto p = parse_prefix(text);
  if (p && p->length == 0) return text;
  const Prefix net = p ? masked(*p) : Prefix{};
  for (const Subnet& s : subnets_) {
    if (s.net == net) return prefix_text(net_of(s, i));
  }
  auto one = address(text, i);
  if (!one || !p || p->length != 8 * p->size())
    return error(Exit::kUsage,
                 fmt::format("a route leads to {}, which is neither a subnet nor an address here", text));
  return fmt::format("{}/{}", *one, p->length);
}

}  // namespace hopcost::nsglue
