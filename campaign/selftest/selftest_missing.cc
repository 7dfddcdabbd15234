// selftest() of a build without BPF, which can plant nothing.
#include "campaign/selftest/selftest.h"

namespace hopcost::campaign {

Result<Exit> selftest(const SelftestOptions&) {
  return error(Exit::kMissing, "this build has no self-test: it plants BPF programs",
               "apt install libbpf-dev clang bpftool, then build again (meson setup --reconfigure)");
}

}  // namespace hopcost::campaign
