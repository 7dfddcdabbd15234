#include "nsglue/kernel/netfilter_hold.h"

#include <fcntl.h>

#include <deque>

#include "base/netlink/socket.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/kernel/nft.h"

namespace hopcost::nsglue {
namespace {

std::vector<NftChain> empty_chains() {
  return {{"prerouting", "filter", kNftPrerouting, kNftFilter, false},
          {"input", "filter", kNftInput, kNftFilter, false},
          {"forward", "filter", kNftForward, kNftFilter, false},
          {"output", "filter", kNftOutput, kNftFilter, false},
          {"postrouting", "filter", kNftPostrouting, kNftFilter, false}};
}

}  // namespace

Result<Fd> hold_netfilter() {
  Fd held;
  auto made = in_scratch_namespace([&]() -> Result<void> {
    auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
    if (!netfilter) return forward(netfilter);
    std::deque<NftTable> tables;
    for (const int family : {AF_INET, AF_INET6}) tables.push_back({family, empty_chains(), {}});
    if (auto done = make_tables(*netfilter, tables); !done) return done;
    held = Fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    return held.valid() ? Result<void>() : errno_error(errno, "open a namespace");
  });
  if (!made) return forward(made);
  return held;
}

}  // namespace hopcost::nsglue
