// pktgen: sends stamped probes at exact times, and says how exact they were.
#include <fmt/format.h>

#include <exception>

#include "base/log.h"
#include "base/signals.h"
#include "pktgen/control/control_ops.h"
#include "pktgen/control/standalone.h"
#include "pktgen/io/any_port.h"
#include "pktgen/options/cli.h"
#include "pktgen/reflect/reflect.h"
#include "pktgen/report/show.h"

namespace hopcost::pktgen {
namespace {

Exit print_backends() {
  for (const auto& b : list_backends()) {
    fmt::print("{:<10} {}\n", b.name, b.why_missing.empty() ? "built" : "not built: " + b.why_missing);
  }
  return Exit::kOk;
}

Result<Exit> dispatch(const Config& config) {
  if (config.list_backends) return print_backends();
  if (config.show.asked) {
    auto shown = show_profile(config);
    if (!shown) return forward(shown);
    return Exit::kOk;
  }
  if (config.reflect.asked) return run_reflector(config);
  if (!config.control) return run_standalone(config);
  auto served = serve(config);
  if (!served) return forward(served);
  return Exit::kOk;
}

Exit run_program(int argc, char** argv) {
  set_log_program("pktgen");
  install_stop_signals();
  const auto parsed = parse_command_line(argc, argv);
  if (const auto* answered = std::get_if<Exit>(&parsed)) return *answered;
  auto result = dispatch(std::get<Config>(parsed));
  if (result) return *result;
  log_error("{}", describe(result.error()));
  return result.error().code;
}

}  // namespace
}  // namespace hopcost::pktgen

int main(int argc, char** argv) {
  try {
    return static_cast<int>(hopcost::pktgen::run_program(argc, argv));
  } catch (const std::exception& e) {
    hopcost::log_error("{}", e.what());
    return static_cast<int>(hopcost::Exit::kFailure);
  }
}
