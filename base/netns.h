// Doing something inside a named network namespace (/run/netns/NAME, as ip-netns has them).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

/// Where named namespaces are bind-mounted.
inline constexpr const char* kNetnsDir = "/run/netns";

/// Opens a namespace by name, by path when the name holds a '/', or of a process when the name is its number
/// and no namespace is called so. An empty name is the caller's own namespace. Errors: kMissing when there is
/// no such namespace.
[[nodiscard]] Result<Fd> open_netns(const std::string& name);

/// The calling thread is in the namespace while this lives, then back where it was.
class NetnsScope {
 public:
  /// An empty name changes nothing.
  [[nodiscard]] static Result<NetnsScope> enter(const std::string& name);
  NetnsScope(NetnsScope&&) noexcept = default;
  NetnsScope& operator=(NetnsScope&&) = delete;
  ~NetnsScope();

 private:
  explicit NetnsScope(Fd home) : home_(std::move(home)) {}
  Fd home_;
};

/// Index of a device in the caller's current namespace. Errors: kMissing, naming the devices there are.
[[nodiscard]] Result<unsigned> interface_index(const std::string& device);

/// Names of the devices in the caller's current namespace.
[[nodiscard]] std::vector<std::string> interface_names();

}  // namespace hopcost
