// A tap: what is sent to it, a program takes from /dev/net/tun, and the other way (drivers/net/tun.c). Here
// the program is a virtual machine's emulator (kernel/machine.h); while none has it open, it has no carrier.
#include <linux/if_link.h>
#include <linux/if_tun.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

constexpr Word kTypes[] = {{"tap", IFF_TAP}};

constexpr InfoField kTunFields[] = {
    {"type", IFLA_TUN_TYPE, InfoField::Width::kU8, 0, IFF_TAP, IFF_TAP, kTypes}};

}  // namespace

extern const LinkKind kind_tun;
constexpr LinkKind kind_tun = {
    .name = "tun",
    .module = "tun",
    .config = "CONFIG_TUN",
    .shape = Shape::kAlone,
    .fields = kTunFields,
    .by_device_file = true,
};

}  // namespace hopcost::nsglue
