// Puts the static analyzer and nsglue on a host where nothing is installed, and takes them off again. Set-up
// only. Includes base/ and design/.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// The architecture of an ELF program, as ./dev cross names it ("mips"), by its first 52 bytes. Errors:
/// kMissing for one that nothing is built for.
[[nodiscard]] Result<std::string> architecture_of(std::string_view elf);

/// Where they are put when nobody says: memory, on small devices.
[[nodiscard]] std::string push_folder();

/// Copies both to `site.folder` of `site.host`, and compares their SHA-256 there with those here. Prints what
/// it did. Errors: connect's; kMissing when no program is built for that host; kFailure with what it says, as
/// for a full disk, and nothing is left there.
[[nodiscard]] Result<void> push(const SiteConfig& site);

/// Removes what push() put there, and the folder when it is empty. What is gone is no error.
[[nodiscard]] Result<void> take_back(const SiteConfig& site);

}  // namespace hopcost::campaign
