// Which packets of capture files could not be used, why, and what to do about it, so that nobody reads "0
// probes" without a reason. Called after the files were read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "analyzer/config.h"
#include "analyzer/offline/capture.h"

namespace hopcost::analyzer {

/// "0 (eth0, EN10MB (1)): 100 packets, 1 (no name, LINUX_SLL2 (276)): none".
[[nodiscard]] std::string interfaces_text(const std::vector<Capture::Interface>& interfaces);

/// "; it has " and the interfaces_text() of the file's first million packets; empty when they name none.
[[nodiscard]] std::string list_interfaces(const std::string& path);

/// Whether each tap of the file got something to measure. A file that broke off is not judged. Errors: kUsage
/// when an interface is not there, has no packet, or none that can be used, naming the interfaces there are
/// and what to capture with; when the filter does not go with a link type.
[[nodiscard]] Result<void> check_taps(const Capture& capture, const std::vector<TapSpec>& taps, Match match);

/// What a person must know of a file that was used in part: packets that are cut, that have no time, or are
/// of a link type that is not read. A line each, without its end.
[[nodiscard]] std::vector<std::string> unused_lines(const Capture& capture, Match match);

/// True when packets of a tap's were left out for want of a time or of a link type that is read.
[[nodiscard]] bool left_out_any(const Capture& capture);

/// {"file", "interfaces":[{"name", "link_type", "tap", "packets", "used", "filtered", "without_time",
/// "unread", "cut", "lost_to_cut"}]}; "tap" null for one that no tap names.
[[nodiscard]] nlohmann::json capture_json(const Capture& capture, const std::vector<TapSpec>& taps);

}  // namespace hopcost::analyzer
