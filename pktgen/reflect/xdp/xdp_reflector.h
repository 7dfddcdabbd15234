// A reflector that is an XDP program: a probe is sent back before the kernel makes a packet (sk_buff) of it.
#pragma once

#include <cstdint>
#include <memory>

#include "pktgen/io/port.h"
#include "pktgen/reflect/port_reflector.h"

namespace hopcost::pktgen {

/// Owns the program and its attachment, a BPF link. The program is detached with this object, or when the
/// process ends, however it does.
class XdpReflector {
 public:
  virtual ~XdpReflector() = default;

  /// Attaches to the device, natively where its driver can (mode=best), else at the generic hook (mode=skb
  /// asks for that one). Errors: kRefused for the default route's device; kPrivilege without CAP_BPF and
  /// CAP_NET_ADMIN; kMissing when this build has no BPF; kFailure (EBUSY) when another program is there.
  [[nodiscard]] static Result<std::unique_ptr<XdpReflector>> open(const PortOptions& options,
                                                                  const ReflectLimits& limits);

  /// The device it is attached to; PortInfo::mode says at which hook.
  [[nodiscard]] virtual const PortInfo& info() const noexcept = 0;
  /// Whether it has reached its limits, or its device is gone or down.
  [[nodiscard]] virtual bool over() noexcept = 0;
  /// The counts so far, summed over all CPUs.
  [[nodiscard]] virtual ReflectCounts counts() = 0;
  /// Detaches the program and gives the result. Call once.
  [[nodiscard]] virtual ReflectResult finish() = 0;
};

}  // namespace hopcost::pktgen
