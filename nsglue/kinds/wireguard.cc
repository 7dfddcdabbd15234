// An encrypted tunnel of layer 3 (drivers/net/wireguard). Its fields are no attributes of the link: keys,
// port and the other end are told over generic netlink (kernel/wireguard.h).
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

constexpr InfoField kWireguardFields[] = {
    {.key = "remote", .attribute = 0, .width = Width::kIpv4, .required = true},
    {"port", 0, Width::kU16, 65535, 51820, 51820},
};

}  // namespace

extern const LinkKind kind_wireguard;
constexpr LinkKind kind_wireguard = {
    .name = "wireguard",
    .module = "wireguard",
    .config = "CONFIG_WIREGUARD",
    .shape = Shape::kTunnel,
    .fields = kWireguardFields,
    .mac = MacFrom::kNone,
    .stateless = true,
};

}  // namespace hopcost::nsglue
