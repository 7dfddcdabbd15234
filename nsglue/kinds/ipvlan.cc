// A device with its lower device's MAC address, which gets packets by their IP address (drivers/net/ipvlan).
#include <linux/if_link.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

constexpr Word kIpvlanModes[] = {
    {"l2", IPVLAN_MODE_L2},
    {"l3", IPVLAN_MODE_L3},
    {"l3s", IPVLAN_MODE_L3S},
};

constexpr Word kReach[] = {
    {"bridge", 0},
    {"private", IPVLAN_F_PRIVATE},
    {"vepa", IPVLAN_F_VEPA},
};

constexpr InfoField kIpvlanFields[] = {
    {"mode", IFLA_IPVLAN_MODE, Width::kU16, 0, IPVLAN_MODE_L3, IPVLAN_MODE_L2, kIpvlanModes},
    {"reach", IFLA_IPVLAN_FLAGS, Width::kU16, 0, 0, 0, kReach},
};

}  // namespace

extern const LinkKind kind_ipvlan;
constexpr LinkKind kind_ipvlan = {
    .name = "ipvlan",
    .module = "ipvlan",
    .config = "CONFIG_IPVLAN",
    .shape = Shape::kOnLower,
    .fields = kIpvlanFields,
    .mac = MacFrom::kLower,
};

}  // namespace hopcost::nsglue
