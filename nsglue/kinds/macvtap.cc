// A macvlan whose frames a program may read from /dev/tapN (drivers/net/macvtap.c). While no program has it
// open, the kernel keeps the frames: it is then a macvlan with one more step for incoming frames.
#include "nsglue/kinds/macvlan_fields.h"

namespace hopcost::nsglue {

extern const LinkKind kind_macvtap;
constexpr LinkKind kind_macvtap = {
    .name = "macvtap",
    .module = "macvtap",
    .config = "CONFIG_MACVTAP",
    .shape = Shape::kOnLower,
    .fields = kMacvlanFields,
};

}  // namespace hopcost::nsglue
