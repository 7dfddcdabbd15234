// Names that people give to nodes, taps and instances, and the namespaces named after them. Pure functions;
// any thread. Includes only base/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hopcost::nsglue {

/// Whether `text` is 1 to `most` of a-z, 0-9 and the characters in `more`, and begins with a letter or digit.
[[nodiscard]] bool is_word(const std::string& text, std::size_t most, std::string_view more);

/// Errors: kUsage unless it is 1 to 40 letters a-z and A-Z, digits, '.', '-' and '_', the first a letter or
/// digit. Not one that ends in ".toml": `nsglue down` would take it for a file.
[[nodiscard]] Result<void> validate_instance(const std::string& instance);

/// The device, beside an instance's sender, that a NIC's frames come out of (wire/nic.h). No topology may
/// declare a device of this name.
inline constexpr const char* kFeeder = "hcfeed";
/// The bridge that takes them on to the sender where BPF does not (wire/macvlan_dealer.h). As kFeeder.
inline constexpr const char* kFeederBridge = "hcbridge";

/// What a topology may be called after something that others named: "My.Web" is "my-web".
[[nodiscard]] std::string topology_name(const std::string& text);

/// "hc-INSTANCE-NODE".
[[nodiscard]] std::string namespace_name(const std::string& instance, const std::string& node);
/// The instance that such a name speaks of. Empty for other names.
[[nodiscard]] std::string instance_of(const std::string& netns);

}  // namespace hopcost::nsglue
