// A BPF program as a tc filter where packets come into a device. Includes base/.
#pragma once

#include <linux/rtnetlink.h>

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/netlink/socket.h"
#include "base/result.h"

namespace hopcost::nsglue {

/// Parents of filters: a device's clsact, where packets come in and where they go out.
inline constexpr std::uint32_t kTcIngress = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
inline constexpr std::uint32_t kTcEgress = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);

/// A tc message's header; `priority` of the filter, the lowest first, or 0.
[[nodiscard]] tcmsg tc_header(unsigned index, std::uint32_t parent, std::uint32_t priority = 0);

/// Makes clsact of the device where there is none, and attaches a program of type SCHED_CLS, whose answer is
/// the verdict. `of` names the device in errors. Errors: the kernel's.
[[nodiscard]] Result<void> attach_tc_program(netlink::Socket& rtnetlink, unsigned index, const Fd& program,
                                             const std::string& name, std::uint32_t priority,
                                             const std::string& of);

}  // namespace hopcost::nsglue
