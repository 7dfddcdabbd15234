// A second MAC address on a lower device (drivers/net/macvlan.c). It holds TSO and tx checksum on.
#include <linux/if_link.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

constexpr Word kModes[] = {
    {"private", MACVLAN_MODE_PRIVATE},
    {"vepa", MACVLAN_MODE_VEPA},
    {"bridge", MACVLAN_MODE_BRIDGE},
    {"passthru", MACVLAN_MODE_PASSTHRU},
};

constexpr InfoField kMacvlanFields[] = {
    {"mode", IFLA_MACVLAN_MODE, InfoField::Width::kU32, 0, MACVLAN_MODE_VEPA, MACVLAN_MODE_BRIDGE, kModes},
    {"nopromisc", IFLA_MACVLAN_FLAGS, InfoField::Width::kU16, MACVLAN_FLAG_NOPROMISC, 0, 0},
};

}  // namespace

extern const LinkKind kind_macvlan;
constexpr LinkKind kind_macvlan = {
    .name = "macvlan",
    .module = "macvlan",
    .config = "CONFIG_MACVLAN",
    .shape = Shape::kOnLower,
    .fields = kMacvlanFields,
};

}  // namespace hopcost::nsglue
