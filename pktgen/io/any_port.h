// Ports of any backend. The backend is chosen when a port opens; inside a run all calls are static.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "pktgen/io/backends.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

template <class List>
struct VariantOf;
/// The variant of a list's ports.
template <class... B>
struct VariantOf<BackendList<B...>> {
  /// One alternative per backend, in the list's order.
  using type = std::variant<typename B::Open...>;
};

/// An open port of one of the backends built. Owns its sockets and memory.
using AnyPort = VariantOf<Backends>::type;

/// The port's description; valid as long as the port.
[[nodiscard]] inline const PortInfo& info_of(const AnyPort& port) {
  return std::visit([](const auto& p) -> const PortInfo& { return p.info; }, port);
}
/// Whether the port was opened to receive and its backend can.
[[nodiscard]] inline bool can_receive(const AnyPort& port) {
  return std::visit([](const auto& p) { return p.rx.has_value(); }, port);
}

/// Refuses a port on a device of the calling thread's namespace that carries a default route, unless the
/// options allow it. Errors: kRefused.
[[nodiscard]] Result<void> check_default_route(const PortOptions& options);

/// Opens a port inside its namespace and gives one AnyPort for each of its queues, in order. The calling
/// thread is back in its own namespace afterwards. Errors: kRefused when the device carries a default route
/// and the options don't allow that; kUsage for an unknown backend; kMissing for one not built; the
/// backend's.
[[nodiscard]] Result<std::vector<AnyPort>> open_queues(const PortOptions& options);

/// The same for a port of one queue. Errors: kUsage when the spec names several.
[[nodiscard]] Result<AnyPort> open_port(const PortOptions& options);

/// A backend of the source tree, and whether this build has it.
struct BackendEntry {
  std::string name;
  std::string why_missing;  ///< Empty when built.
};
/// All backends in the order of pktgen/io/meson.build; missing ones last.
[[nodiscard]] std::vector<BackendEntry> list_backends();

}  // namespace hopcost::pktgen
