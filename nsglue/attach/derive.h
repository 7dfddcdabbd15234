// A way in as a topology: nodes, devices, taps and words. One thread. Includes base/ and the floors kernel/,
// kinds/ and topology/.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/attach/attach.h"
#include "nsglue/attach/way_in.h"
#include "nsglue/kernel/nft_translations.h"

namespace hopcost::nsglue {

/// `translations` are those of the namespace that the wire leads into. Errors: kMissing where nothing can be
/// addressed; those of reading offloads.
[[nodiscard]] Result<Attached> derive(const std::string& reference, const WayIn& way,
                                      const std::vector<Translation>& translations);

}  // namespace hopcost::nsglue
