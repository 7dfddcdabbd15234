#include "pktgen/io/dpdk/eal_arguments.h"

#include <fmt/format.h>

namespace hopcost::pktgen {

std::vector<std::string> eal_arguments(const EalRequest& r) {
  std::string cpus;
  for (const int cpu : r.cpus) cpus += fmt::format("{}{}", cpus.empty() ? "" : ",", cpu);
  std::vector<std::string> a{"pktgen", "--no-telemetry", "--log-level=error",
                             fmt::format("--lcores=0@({})", cpus.empty() ? "0" : cpus)};
  // Either way no file in /var/run/dpdk. --in-memory would do that too, but not with ordinary pages.
  if (r.hugepages_mib > 0) {
    a.insert(a.end(), {"--in-memory", "-m", std::to_string(r.hugepages_mib)});
  } else {
    a.insert(a.end(), {"--no-huge", "--no-shconf", "-m", std::to_string(kOrdinaryMib)});
  }
  if (r.pci.empty()) {
    a.insert(a.end(), {"--no-pci", "--iova-mode=va"});
  } else {
    a.insert(a.end(), {"-a", r.pci});
  }
  return a;
}

}  // namespace hopcost::pktgen
