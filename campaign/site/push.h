// Copies the statically linked analyzer and nsglue to a host where nothing is installed, and removes them
// again. Set-up only. Includes base/ and design/.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// The architecture of an ELF program, from its first 52 bytes, by the name that ./dev cross uses ("mips").
/// Errors: kMissing for one that hopcost is not built for.
[[nodiscard]] Result<std::string> architecture_of(std::string_view elf);

/// The default folder for them: /tmp, which is in memory on small devices.
[[nodiscard]] std::string push_folder();

/// Copies both programs to `site.folder` on `site.host`, and compares their SHA-256 there with that here.
/// Prints what it did. Errors: connect's; kMissing when no program is built for that host; kFailure with the
/// host's message, for example about a full disk. The program that failed is not left there.
[[nodiscard]] Result<void> push(const SiteConfig& site);

/// Removes what push() put there, and the folder if it is then empty. Programs that are already gone are no
/// error.
[[nodiscard]] Result<void> take_back(const SiteConfig& site);

}  // namespace hopcost::campaign
