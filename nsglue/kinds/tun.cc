// A tap device: a program reads from /dev/net/tun what is sent to it, and the other way round
// (drivers/net/tun.c). Here the program is a virtual machine's emulator (kernel/machine.h). While no program
// has it open, it has no carrier.
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
