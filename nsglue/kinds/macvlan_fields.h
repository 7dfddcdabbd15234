// The attributes that macvlan and macvtap share: drivers/net/macvlan.c reads both.
#pragma once

#include <linux/if_link.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {

inline constexpr Word kMacvlanModes[] = {
    {"private", MACVLAN_MODE_PRIVATE},
    {"vepa", MACVLAN_MODE_VEPA},
    {"bridge", MACVLAN_MODE_BRIDGE},
    {"passthru", MACVLAN_MODE_PASSTHRU},
};

inline constexpr InfoField kMacvlanFields[] = {
    {"mode", IFLA_MACVLAN_MODE, InfoField::Width::kU32, 0, MACVLAN_MODE_VEPA, MACVLAN_MODE_BRIDGE,
     kMacvlanModes},
    {"nopromisc", IFLA_MACVLAN_FLAGS, InfoField::Width::kU16, MACVLAN_FLAG_NOPROMISC, 0, 0},
};

}  // namespace hopcost::nsglue
