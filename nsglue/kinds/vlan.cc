// The packets with one VLAN tag on a lower device (net/8021q). A vlan on a vlan is QinQ.
#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

constexpr Word kProtocols[] = {
    {"802.1Q", ETH_P_8021Q},
    {"802.1ad", ETH_P_8021AD},
};

// 4095 is reserved (IEEE 802.1Q, table 9-2).
constexpr InfoField kVlanFields[] = {
    {.key = "id", .attribute = IFLA_VLAN_ID, .width = Width::kU16, .max = 4094, .required = true},
    {"protocol", IFLA_VLAN_PROTOCOL, Width::kU16Network, 0, ETH_P_8021Q, ETH_P_8021Q, kProtocols},
};

}  // namespace

extern const LinkKind kind_vlan;
constexpr LinkKind kind_vlan = {
    .name = "vlan",
    .module = "8021q",
    .config = "CONFIG_VLAN_8021Q",
    .shape = Shape::kOnLower,
    .fields = kVlanFields,
    .mac = MacFrom::kOwnOrLower,
};

}  // namespace hopcost::nsglue
