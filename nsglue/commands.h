// The program's verbs, below the command line. Includes base/ and nsglue.h.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::nsglue {

/// The whole command line.
struct Config {
  /// What to do.
  enum class Verb { kList, kUp, kCheck, kShow, kDown, kAttach };
  Verb verb = Verb::kList;
  std::vector<std::string>
      names;                ///< topologies by name or path; `down`: instances too; `attach`: containers.
  std::string instance;     ///< empty: the topology's name.
  unsigned containers = 1;  ///< of each topology, side by side.
  std::filesystem::path topologies;  ///< folder of the topology files.
  std::string wire, from;            ///< attach: as AttachOptions has them.
  std::filesystem::path keep;        ///< attach: the file the topology is written to; empty: none.
  bool all = false;                  ///< down: every instance; show: every setting.
  bool dead = false;                 ///< down: instances whose owner is dead, and no other.
  bool json = false;
  bool svg = false;      ///< show: one topology as a picture.
  bool control = false;  ///< no verb: serves the control channel.
};

/// Errors: kUsage.
[[nodiscard]] Result<void> validate(const Config& config);

/// Does it; prints results on standard output. Gives the exit code: check gives kFailure when something
/// drifted.
[[nodiscard]] Result<Exit> run(const Config& config);

}  // namespace hopcost::nsglue
