#include "pktgen/options/completion.h"

#include "base/netns.h"
#include "pktgen/io/any_port.h"

namespace hopcost::pktgen {
namespace {

Candidates backends() {
  Candidates found;
  for (const auto& b : list_backends()) {
    if (b.why_missing.empty()) found.push_back(b.name == "null" ? b.name : b.name + ":");
  }
  return found;
}

/// Candidates for the device in `word`, which already names the backend: "af_xdp:", "dpdk:net_af_xdp,iface=".
Candidates devices(std::string_view backend, std::string_view word) {
  if (backend == "pcap") return {};
  if (backend == "dpdk" && !word.contains("iface="))
    return with_prefix("dpdk:",
                       {"net_af_packet,iface=", "net_af_xdp,iface=", "net_memif,", "net_null", "net_pcap,"});
  return with_prefix(up_to_last(word, ":="), interface_names());
}

/// "BACKEND:DEVICE[@NETNS][,mode=MODE][,queue=LIST]", candidates for the part in which the word ends
/// (pktgen/io/port_spec.h).
Candidates ports(std::string_view word) {
  const auto colon = word.find(':');
  if (colon == std::string_view::npos) return backends();
  const auto backend = word.substr(0, colon);
  const auto begun = up_to_last(word, "@,=");
  if (begun.ends_with('@')) return with_prefix(begun, namespace_names());
  if (backend == "dpdk" && word.contains('@'))
    return with_prefix(begun, {"hugepages=", "limit=", "queue=", "carrier=any"});
  if (begun.ends_with("mode=")) return with_prefix(begun, {"best", "zero-copy", "copy", "skb"});
  if (begun.ends_with(',') && backend == "af_xdp")
    return with_prefix(begun, {"mode=", "queue=", "busy-poll=", "frames=", "carrier=any"});
  if (begun.ends_with(',') && backend == "af_packet") return with_prefix(begun, {"queue=", "carrier=any"});
  if (begun.ends_with(',') && backend != "dpdk") return with_prefix(begun, {"queue="});
  return devices(backend, word);
}

}  // namespace

ValueCandidates completion_values() {
  const auto interfaces = [](std::string_view) { return interface_names(); };
  const auto profiles = [](std::string_view) { return shipped_names("profiles"); };
  return {
      {"--port", ports},
      {"--rx-port", ports},
      {"--netns", [](std::string_view) { return namespace_names(); }},
      {"--i-mean-it", interfaces},
      {"--profile", profiles},
      {"PROFILE", profiles},
      {"--turns",
       [](std::string_view) {
         return Candidates{"16", "16,mirrored"};
       }},
      {"--gap",
       [](std::string_view) {
         return Candidates{"constant", "jittered", "poisson"};
       }},
  };
}

}  // namespace hopcost::pktgen
