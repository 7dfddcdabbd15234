// What a device's driver says about where its packets' stamps were taken.
#pragma once

#include <string>
#include <string_view>

namespace hopcost::analyzer {

/// The driver's name of a device in the current namespace (ETHTOOL_GDRVINFO), or empty.
[[nodiscard]] std::string device_driver(const std::string& device);

/// True when packets reach such a device by a second round of the receive path with a stamp taken for a lower
/// device (net/core/dev.c, __netif_receive_skb_core: RX_HANDLER_ANOTHER and vlan_do_receive go to
/// another_round, and a stamp that is set is kept), or by netif_receive_skb of a packet whose stamp nobody
/// cleared.
[[nodiscard]] bool driver_inherits_stamp(std::string_view driver);

}  // namespace hopcost::analyzer
