// A build without BPF has no program to attach.
#include "pktgen/reflect/xdp/xdp_reflector.h"

namespace hopcost::pktgen {

Result<std::unique_ptr<XdpReflector>> XdpReflector::open(const PortOptions&, const ReflectLimits&) {
  return error(Exit::kMissing, "this build can't reflect in XDP: it holds no BPF program",
               "apt install libbpf-dev clang bpftool, then build again (meson setup --reconfigure)");
}

}  // namespace hopcost::pktgen
