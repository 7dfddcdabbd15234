// An encrypted layer 3 tunnel (drivers/net/wireguard). Its fields are not attributes of the link: keys, port
// and remote end are set over generic netlink (kernel/wireguard.h).
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

constexpr InfoField kWireguardFields[] = {
    {.key = "remote", .attribute = 0, .width = Width::kIpv4, .required = true},
    {"udp_port", 0, Width::kU16, 65535, 51820, 51820},
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
