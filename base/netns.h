// Enters named network namespaces (/run/netns/NAME, as ip-netns makes them).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

/// Where named namespaces are bind-mounted.
inline constexpr const char* kNetnsDir = "/run/netns";

/// Opens a namespace by its name; by path, if `name` has a '/'; that of a process, if `name` is its number
/// and no namespace has that name. An empty name is the caller's own namespace. Errors: kMissing when there
/// is no such namespace.
[[nodiscard]] Result<Fd> open_netns(const std::string& name);

/// Moves the calling thread into a namespace, and back when this object goes.
class NetnsScope {
 public:
  /// Enters the namespace; an empty name changes nothing. Errors: open_netns()'s; setns(2)'s.
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
