// hopload: the client and server sides of loads, steered over the control channel.
#include <CLI/CLI.hpp>
#include <exception>

#include "base/completion.h"
#include "base/log.h"
#include "base/signals.h"
#include "hopload/service.h"

namespace {

using namespace hopcost;

int fail(const Error& e) {
  log_error("{}", describe(e));
  return static_cast<int>(e.code);
}

int run(int argc, char** argv) {
  CLI::App app{"hopload: the client and server sides of loads (request/response, tools), for hopcost load"};
  app.set_version_flag("--version", HOPCOST_VERSION);
  bool control = false;
  app.add_flag("--control", control, "serve requests on standard input (doc/control-protocol.md)")
      ->required();
  if (answer_completion(app, {}, argc, argv)) return 0;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(Exit::kUsage);
  }
  install_stop_signals();
  auto served = hopload::run_control();
  return served ? 0 : fail(served.error());
}

}  // namespace

int main(int argc, char** argv) {
  hopcost::set_log_program("hopload");
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {  // from libraries; mostly out of memory
    return fail({e.what(), 0, "", hopcost::Exit::kFailure});
  }
}
