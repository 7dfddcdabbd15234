// A run's modes: which files they come from, and which of them this machine can do. Set-up only; includes
// nsglue.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/design/config.h"
#include "campaign/site/site.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {

/// One mode of a run.
struct ModeFile {
  std::string name;  ///< The lane's name: the topology's name, or NAME@ASKED when that name is taken.
  nsglue::Topology topology;
  bool named = true;  ///< The user named it; false: "all" included it.
};

/// The modes for the containers of `config.attach`, with the host of their wire, and for the files of
/// `config.modes`. "all" stands for every file of the folder that is not named as well. Host comes first, and
/// is added when nobody asked for it. Errors: kMissing for a file that does not exist, kUsage for a faulty
/// one.
[[nodiscard]] Result<std::vector<ModeFile>> read_modes(const Config& config);

/// The packets a second of trains when the user names none: 100,000, at which figures scatter least on busy
/// machines (doc/measuring.md, "Rate"). But 20,000 where that may be more than a mode carries: between two
/// hosts, to containers that run already, and on paths through other programs (Open vSwitch, a virtual
/// machine, CNI's plugins) or WireGuard's threads.
[[nodiscard]] double usual_rate(const Config& config, const std::vector<ModeFile>& modes);

/// Removes from `modes` those that the device's kernel can't do, that have no address of the wanted family,
/// or that can't have as many containers as wanted, and gives the reasons. Modes that only "all" included are
/// also made once, and removed where making them fails or probes do not take their way. Makes network
/// namespaces on the device to try. Errors: kMissing for such a mode that the user named, with what is
/// lacking; kPrivilege; kPartial at a stop signal.
[[nodiscard]] Result<std::vector<LeftOut>> leave_out_lacking(std::vector<ModeFile>& modes,
                                                             const Config& config, Site& device);

}  // namespace hopcost::campaign
