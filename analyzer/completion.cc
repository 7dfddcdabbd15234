#include "analyzer/completion.h"

#include "analyzer/match/match.h"
#include "analyzer/tap/any_tap.h"
#include "base/netns.h"

namespace hopcost::analyzer {
namespace {

/// "NAME=DEVICE[@NETNS][:in
/// :in/tc
/// ...
/// :TRACEPOINT]" (parse_tap()): completes the part in which the word ends.
Candidates taps(std::string_view word) {
  const auto begun = up_to_last(word, "=@:");
  if (begun.empty() || word.contains("=pcap:")) return {};
  if (begun.ends_with("=libpcap:")) return with_prefix(begun, interface_names());
  if (begun.ends_with('@')) return with_prefix(begun, namespace_names());
  if (begun.ends_with(':')) {
    auto points = list_tap_points();
    points.insert(points.begin(), {"in", "out"});
    return with_prefix(begun, std::move(points));
  }
  auto found = interface_names();
  found.insert(found.end(), {"udp/", "pcap:", "libpcap:"});
  return with_prefix(begun, std::move(found));
}

Candidates sinks(std::string_view word) {
  const auto begun = up_to_last(word, "@");
  return begun.empty() ? Candidates{} : with_prefix(begun, namespace_names());
}

Candidates kinds(std::string_view) {
  Candidates found = {std::string(kAutoKind)};
  for (const auto& kind : list_tap_kinds()) found.push_back(kind.name);
  return found;
}

Candidates matches(std::string_view) {
  return {std::string(name_of(Match::kProbe)), std::string(name_of(Match::kFiveTuple)),
          std::string(name_of(Match::kPayload))};
}

Candidates metrics(std::string_view) {
  return {"unix:", "127.0.0.1:", "[::1]:"};
}

}  // namespace

ValueCandidates completion_values() {
  return {{"--tap", taps},
          {"--sink", sinks},
          {"--tap-kind", kinds},
          {"--match", matches},
          {"--metrics", metrics}};
}

}  // namespace hopcost::analyzer
