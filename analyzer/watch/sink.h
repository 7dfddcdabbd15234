// Takes datagrams off the end of a path at the least cost, so that the host sends no ICMP error back.
#pragma once

#include <vector>

#include "analyzer/config.h"
#include "base/fd.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// UDP sockets of both families on one port of one namespace, behind a filter that lets nothing through: the
/// kernel drops each datagram when it would be queued.
class Sink {
 public:
  /// Enters the namespace for the time of the call. A host without IPv6 gets IPv4 alone.
  /// Errors: kMissing (namespace), EADDRINUSE.
  [[nodiscard]] static Result<Sink> open(const UdpEnd& spec);
  [[nodiscard]] const UdpEnd& spec() const noexcept { return spec_; }

 private:
  Sink(UdpEnd spec, std::vector<Fd> sockets) : spec_(std::move(spec)), sockets_(std::move(sockets)) {}
  UdpEnd spec_;
  std::vector<Fd> sockets_;
};

}  // namespace hopcost::analyzer
