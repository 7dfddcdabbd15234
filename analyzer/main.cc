// analyzer: watches stamped packets pass named points of this host and says what each hop took.
#include <fmt/format.h>

#include <exception>

#include "analyzer/cli.h"
#include "analyzer/control/service.h"
#include "analyzer/offline/offline.h"
#include "analyzer/standalone.h"
#include "analyzer/tap/any_tap.h"
#include "analyzer/watch/memory_share.h"
#include "base/log.h"
#include "base/signals.h"

namespace {

using namespace hopcost;

int fail(const Error& e) {
  log_error("{}", describe(e));
  return static_cast<int>(e.code);
}

int list_taps() {
  for (const auto& kind : analyzer::list_tap_kinds())
    fmt::print("{:<10} {}\n", kind.name, kind.why_not.empty() ? "usable" : "not usable: " + kind.why_not);
  fmt::print(
      "\nKind bpf on a device's direction, beside a packet socket:\n"
      "  in/tc, out/tc  after the packet sockets, before all other tc programs\n"
      "  in/xdp         before all else, one on a device. It changes what it watches: a veth's driver "
      "switches to\n"
      "                 NAPI and other buffers, so the path differs from the one without the tap\n");
  return 0;
}

int run(int argc, char** argv) {
  auto config = analyzer::parse_command_line(argc, argv);
  if (!config) return fail(config.error());
  if (!*config) return 0;
  if ((*config)->list_taps) return list_taps();
  install_stop_signals();
  if ((*config)->control) {
    auto served = analyzer::run_control(**config);
    return served ? 0 : fail(served.error());
  }
  auto done =
      analyzer::is_offline(**config) ? analyzer::run_offline(**config) : analyzer::run_standalone(**config);
  return done ? static_cast<int>(*done) : fail(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  hopcost::set_log_program("analyzer");
  hopcost::analyzer::keep_heap_small();
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    return fail({e.what(), 0, "", hopcost::Exit::kFailure});
  }
}
