// What the tests of loads on real modes share. Test support.
#pragma once

#include "run_fixture.h"

namespace hopcost::campaign {

class Loads : public Run {
 protected:
  Outcome load(std::vector<std::string> more) const {
    std::vector<std::string> all = {"load", "--seed", "3", "--out", folder_};
    all.insert(all.end(), more.begin(), more.end());
    return run_program(all);
  }
  /// With a script in hopload's place that does `first`, a shell's words, before it becomes hopload. A build
  /// has two.
  Outcome load_where_hopload(const std::string& first, const std::string& arguments) const {
    const std::string script = folder_ + "/hopload";
    std::ofstream(script) << "#!/bin/sh\n" << first << "\nexec $REAL_HOPLOAD \"$@\"\n";
    fs::permissions(script, fs::perms::owner_all);
    return run_shell("HOPCOST_HOPLOAD=" + script + " $HOPCOST_BIN load --seed 3 --out " + folder_ + " " +
                     arguments);
  }
  /// A shell's words that do `then` once in a run, while quanta go on.
  std::string once_under_way(const std::string& then) const {
    return "if mkdir " + folder_ + "/done 2>/dev/null; then (sleep 0.4; " + then +
           ") </dev/null >/dev/null 2>&1 & fi";
  }
  /// A file of mode bridge with another name, and with another name of its bridge: what is planted in one is
  /// not in the other.
  std::string twin_of_bridge(const std::string& name, const std::string& bridge) const {
    std::ifstream in(std::string(std::getenv("HOPCOST_TOPOLOGIES")) + "/bridge.toml");
    std::ofstream out(folder_ + "/" + name + ".toml");
    for (std::string line; std::getline(in, line);) {
      if (line == "name = \"bridge\"") line = "name = \"" + name + "\"";
      for (std::size_t at = 0; (at = line.find("br0", at)) != std::string::npos;) line.replace(at, 3, bridge);
      out << line << "\n";
    }
    return folder_ + "/" + name + ".toml";
  }
  static json figure(const json& of_case, const std::string& name) {
    for (const json& f : of_case["figures"]) {
      if (f["name"] == name) return f;
    }
    ADD_FAILURE() << "no figure " << name << " in " << of_case;
    return {};
  }
  static json mode(const json& of_figure, const std::string& name) {
    for (const json& m : of_figure["modes"]) {
      if (m["name"] == name) return m;
    }
    ADD_FAILURE() << "no mode " << name << " in " << of_figure;
    return {};
  }
  json cases() const { return result()["cases"]; }
};

}  // namespace hopcost::campaign
