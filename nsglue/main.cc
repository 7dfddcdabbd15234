// nsglue: builds, checks, shows and removes network modes. This file turns the command line into a Config.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "base/completion.h"
#include "base/log.h"
#include "base/programs.h"
#include "base/signals.h"
#include "nsglue/commands.h"
#include "nsglue/control/service.h"
#include "nsglue/nsglue.h"

namespace {

using hopcost::Exit;
using hopcost::nsglue::Config;

constexpr const char* kAbout =
    "Builds network modes (host, veth, bridge, macvlan, or a TOML file of your own) in namespaces named "
    "hc-INSTANCE-NODE, reads them back, and removes them again, also after a crash. Finds out how running "
    "containers are connected.";

CLI::App* add_verb(CLI::App& app, Config& c, Config::Verb verb, const char* name, const char* about) {
  CLI::App* sub = app.add_subcommand(name, about);
  sub->fallthrough();
  sub->callback([&c, verb] { c.verb = verb; });
  return sub;
}

void add_options(CLI::App& app, Config& c) {
  app.add_option("--topologies", c.topologies, "folder of the topology files");
  app.add_option("--instance", c.instance, "name of the instance (default: the topology's name)");
  app.add_option("--containers", c.containers,
                 "this many containers side by side on the topology's wire, 1 to 256, as instance NAME.xN");
  app.add_flag("--json", c.json, "print JSON");
  app.set_version_flag("--version", "nsglue " HOPCOST_VERSION);
  app.add_flag("--control", c.control, "serve JSON lines on stdin and stdout (doc/control-protocol.md)");
  app.require_subcommand(0, 1);
  add_verb(app, c, Config::Verb::kList, "list", "the instances that stand, and the topologies there are");
  add_verb(app, c, Config::Verb::kUp, "up", "build; an instance of the same name is removed first")
      ->add_option("topology", c.names, "names or files");
  add_verb(app, c, Config::Verb::kCheck, "check",
           "compare what stands with what is declared, and prove the path by packets (exit 1: they differ)")
      ->add_option("topology", c.names, "names or files");
  CLI::App* show = add_verb(app, c, Config::Verb::kShow, "show",
                            "the path, its devices, and every setting that is not quiet");
  show->add_option("topology", c.names, "names or files");
  show->add_flag("--all", c.all, "every setting read back");
  show->add_flag("--svg", c.svg, "print the path of one topology as an SVG picture");
  CLI::App* attach =
      add_verb(app, c, Config::Verb::kAttach, "attach",
               "find out how a running container is connected, its path, and where it can be watched");
  attach->add_option("container", c.names,
                     "docker:NAME, podman:NAME, lxc:NAME, cri:ID, runc:ID, netns:NAME or pid:N");
  attach->add_option("--wire", c.wire, "the device through which packets come in, where the engine runs");
  attach->add_option("--from", c.from, "DEVICE or DEVICE@NETNS that packets start from");
  attach->add_option("--keep", c.keep, "write the topology that was found to this file");
  CLI::App* down =
      add_verb(app, c, Config::Verb::kDown, "down", "remove; it is no error if it is gone already");
  down->add_option("instance", c.names, "instances, or files");
  down->add_flag("--all", c.all, "every instance");
  down->add_flag("--dead", c.dead, "instances of processes that ended without removing them");
}

hopcost::ValueCandidates completion_values() {
  const auto topologies = [](std::string_view) { return hopcost::shipped_names("topologies"); };
  const auto instances = [](std::string_view) {
    hopcost::Candidates found;
    if (auto standing = hopcost::nsglue::list())
      for (auto& l : *standing) found.push_back(std::move(l.instance));
    return found;
  };
  return {{"topology", topologies}, {"instance", instances}, {"--instance", instances}};
}

int fail(const hopcost::Error& e) {
  hopcost::log_error("{}", describe(e));
  return static_cast<int>(e.code);
}

int run_program(int argc, char** argv) {
  Config config;
  CLI::App app(kAbout, "nsglue");
  add_options(app, config);
  if (hopcost::answer_completion(app, completion_values(), argc, argv)) return 0;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(Exit::kUsage);
  }
  if (config.control && app.get_subcommands().empty()) {
    auto served = hopcost::nsglue::run_control();
    return served ? 0 : fail(served.error());
  }
  if (config.control || app.get_subcommands().empty())
    return fail({.what = config.control ? "--control stands alone" : "name a verb",
                 .err = 0,
                 .hint = "nsglue --help",
                 .code = Exit::kUsage});
  if (auto valid = hopcost::nsglue::validate(config); !valid) return fail(valid.error());
  const bool reads_files = config.verb != Config::Verb::kDown && config.verb != Config::Verb::kAttach;
  if (config.topologies.empty() && reads_files) {
    auto folder = hopcost::find_data("topologies");
    if (!folder) return fail(folder.error());
    config.topologies = *folder;
  }
  auto exit = hopcost::nsglue::run(config);
  return exit ? static_cast<int>(*exit) : fail(exit.error());
}

}  // namespace

int main(int argc, char** argv) {
  hopcost::set_log_program("nsglue");
  hopcost::install_stop_signals();
  try {
    return run_program(argc, argv);
  } catch (const std::exception& e) {
    return fail({.what = e.what(), .err = 0, .hint = {}, .code = Exit::kFailure});
  }
}
