// Addresses of a topology that is multiplied: which subnets are shared and which are each container's own,
// and what becomes of an address. Pure; any thread. Includes base/ and the floor topology/.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Host numbers and ports of container i are the file's + i times this.
inline constexpr unsigned kContainerStride = 16;

class AddressPlan {
 public:
  /// `own`: whether each container has a device of its own in place of this one. Errors: kUsage for subnets
  /// that overlap, more than 16 of a kind, and host numbers above 14.
  [[nodiscard]] static Result<AddressPlan> make(const Topology& topology,
                                                const std::function<bool(const Device&)>& own);

  /// Whether each container has an address, or a subnet, of its own in place of this one. `text` is with or
  /// without a prefix length.
  [[nodiscard]] bool differs(const std::string& text) const;

  /// What becomes of "198.18.1.2", an address of a device, for container `i`. Errors: kUsage for any other.
  [[nodiscard]] Result<std::string> address(const std::string& text, unsigned i) const;
  /// The same of "198.18.1.2/24", with its subnet's new prefix length.
  [[nodiscard]] Result<std::string> with_length(const std::string& text, unsigned i) const;
  /// The same of what a route leads to: a subnet, one address, or everything. Errors: kUsage for any other.
  [[nodiscard]] Result<std::string> destination(const std::string& text, unsigned i) const;

 private:
  struct Subnet {
    Prefix net;  // as the file has it
    bool own = true;
    unsigned number = 0;  // among those of its family that are shared, or own
  };

  [[nodiscard]] Result<void> add(const std::string& text, bool own);
  [[nodiscard]] Result<void> number_all();
  [[nodiscard]] const Subnet* subnet_of(const Prefix& address) const;
  [[nodiscard]] static Prefix net_of(const Subnet& subnet, unsigned i);

  std::vector<Subnet> subnets_;
  std::map<std::string, bool> owners_;  // address -> whether its device is each container's own
};

}  // namespace hopcost::nsglue
