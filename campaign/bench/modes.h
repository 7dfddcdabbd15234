// A run's modes: which files they are, and which of them this machine can do. Set-up only; includes nsglue.
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
  std::string name;  ///< Of its lane: the topology's name, or NAME@ASKED when that name is taken.
  nsglue::Topology topology;
  bool named = true;  ///< Somebody asked for it; else "all" brought it.
};

/// The containers of `config.attach`, with the host of their wire, and the files of `config.modes`. "all"
/// stands for every file of the folder that is not also named. Host comes first, asked for or not. Errors:
/// kMissing for a file that is not there, kUsage for one that is not right.
[[nodiscard]] Result<std::vector<ModeFile>> read_modes(const Config& config);

/// Removes from `modes` what the device's kernel can't do, what has no addresses of the family, and what
/// can't have as many containers as are wanted, unless somebody named it. Network namespaces are made there
/// to try it. Errors: kMissing for a mode that was named, with what is lacking; kPrivilege.
[[nodiscard]] Result<std::vector<LeftOut>> leave_out_lacking(std::vector<ModeFile>& modes,
                                                             const Config& config, Site& device);

}  // namespace hopcost::campaign
