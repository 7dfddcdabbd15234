// The mark that says which namespaces are ours: the alias of the namespace's own lo device. It is set before
// the namespace gets its name, lives and dies with it, and needs no file that a crash could leave wrong. So a
// name hc-* without the mark is somebody else's. One thread per socket. Includes only base/.
#pragma once

#include <optional>
#include <string>

#include "base/netlink/socket.h"
#include "base/result.h"
#include "nsglue/kernel/owner.h"

namespace hopcost::nsglue {

struct Mark {
  std::string instance, topology, node;
  std::optional<Owner> owner = {};  ///< nothing: a person's, who removes it.
};

/// "hopcost instance=I topology=T node=N owner=O": at most 255 bytes (IFALIASZ of linux/if.h).
[[nodiscard]] std::string mark_text(const Mark& mark);
/// Nothing when it is no mark of ours. An owner that can't be read counts as none.
[[nodiscard]] std::optional<Mark> parse_mark(const std::string& text);

/// In the socket's namespace.
[[nodiscard]] Result<void> set_mark(netlink::Socket& rtnetlink, const Mark& mark);
/// Nothing when the namespace has none of ours. Errors: those of reading its lo device.
[[nodiscard]] Result<std::optional<Mark>> read_mark(netlink::Socket& rtnetlink);

}  // namespace hopcost::nsglue
