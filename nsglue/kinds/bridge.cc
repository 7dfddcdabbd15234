// A learning switch (net/bridge). Ours is quiet: no spanning tree, no multicast snooping, no calls of
// netfilter. Times are in hundredths of a second (clock_t), as in net/bridge/br_netlink.c.
#include <linux/if_link.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

/// From a newer linux/if_link.h (Linux 6.7): the most forwarding entries that a bridge learns; 0 is no limit.
constexpr std::uint16_t kFdbMaxLearned = 49;

//                              key, attribute, width, max, the kernel's default, ours
constexpr InfoField kBridgeFields[] = {
    {"stp_state", IFLA_BR_STP_STATE, Width::kU32, 1, 0, 0},
    {"forward_delay", IFLA_BR_FORWARD_DELAY, Width::kU32, 3000, 1500, 0},
    {"ageing_time", IFLA_BR_AGEING_TIME, Width::kU32, 100'000'000, 30000, 30000},
    {"fdb_max_learned", kFdbMaxLearned, Width::kU32, 100'000'000, 0, 0},
    {"vlan_filtering", IFLA_BR_VLAN_FILTERING, Width::kU8, 1, 0, 0},
    {"mcast_snooping", IFLA_BR_MCAST_SNOOPING, Width::kU8, 1, 1, 0},
    {"mcast_querier", IFLA_BR_MCAST_QUERIER, Width::kU8, 1, 0, 0},
    {"nf_call_iptables", IFLA_BR_NF_CALL_IPTABLES, Width::kU8, 1, 0, 0},
    {"nf_call_ip6tables", IFLA_BR_NF_CALL_IP6TABLES, Width::kU8, 1, 0, 0},
    {"nf_call_arptables", IFLA_BR_NF_CALL_ARPTABLES, Width::kU8, 1, 0, 0},
};

constexpr InfoField kPortFields[] = {
    {"hairpin", IFLA_BRPORT_MODE, Width::kU8, 1, 0, 0},
    {"learning", IFLA_BRPORT_LEARNING, Width::kU8, 1, 1, 1},
    {"unicast_flood", IFLA_BRPORT_UNICAST_FLOOD, Width::kU8, 1, 1, 1},
    {"mcast_flood", IFLA_BRPORT_MCAST_FLOOD, Width::kU8, 1, 1, 1},
    {"bcast_flood", IFLA_BRPORT_BCAST_FLOOD, Width::kU8, 1, 1, 1},
    {"isolated", IFLA_BRPORT_ISOLATED, Width::kU8, 1, 0, 0},
};

}  // namespace

extern const LinkKind kind_bridge;
constexpr LinkKind kind_bridge = {
    .name = "bridge",
    .module = "bridge",
    .config = "CONFIG_BRIDGE",
    .shape = Shape::kAlone,
    .fields = kBridgeFields,
    .has_ports = true,
    .port_fields = kPortFields,
};

}  // namespace hopcost::nsglue
