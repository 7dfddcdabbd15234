// The sources of the page (page/) and the chart library, embedded into the program by embed.py. Includes
// nothing of ours.
#pragma once

#include <string_view>

namespace hopcost::campaign::assets {

extern const std::string_view kPage;  ///< page.html with @@style@@, @@data@@, @@library@@ and @@script@@.
extern const std::string_view kStyle;
extern const std::string_view kScript;  ///< The scripts, joined in order; they share one scope.
/// D3 modules (ISC licence, https://d3js.org), as Debian packages them.
extern const std::string_view kLibrary;

}  // namespace hopcost::campaign::assets
