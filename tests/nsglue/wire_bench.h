// A bench of two hosts for tests: a NIC, which is an end of a veth pair, and the tester's at its other end,
// in a namespace of their own. One thread.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "nsglue/kernel/links.h"

namespace hopcost::nsglue::wire_bench {

inline constexpr const char* kNic = "nic0";
inline constexpr const char* kFar = "far0";  // the tester's

/// Of the thread's namespace.
[[nodiscard]] netlink::Socket rtnetlink();

/// Of the thread's namespace; empty when there is none.
[[nodiscard]] LinkState link_called(const char* name);

/// In no node.
[[nodiscard]] Device device(const char* name, const char* kind, const char* mac = "");

/// Runs `test` where both interfaces are up.
void on_a_bench(const std::function<void()>& test);

/// Makes the NIC a port of a bridge.
void make_nic_a_port();

/// Puts a macvlan on the NIC. One of mode passthru is the only one there, or can't be had.
[[nodiscard]] Result<void> put_macvlan(const char* name, const char* mode);

/// Names of the filters where packets come into the NIC.
[[nodiscard]] std::string filters_of_nic();

}  // namespace hopcost::nsglue::wire_bench
