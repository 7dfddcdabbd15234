// Named network namespaces as ip-netns makes them, each with our mark (mark.h). Any thread; the calling
// thread is back in its own namespace when a call returns. Includes base/ and topology/.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/netlink/socket.h"
#include "base/result.h"
#include "nsglue/kernel/mark.h"

namespace hopcost::nsglue {

/// A namespace that is open: its sockets work in it from anywhere.
struct Namespace {
  std::string name;
  Fd fd;
  netlink::Socket rtnetlink;
  Fd ioctl;  ///< a UDP socket, for SIOCETHTOOL.
};

/// Makes and marks one, and gives it its name once `inside` has run in it.
/// Errors: kPrivilege; kFailure with EEXIST when the name is taken.
[[nodiscard]] Result<Namespace> create_namespace(const Mark& mark,
                                                 const std::function<Result<void>()>& inside);

/// Runs `inside` in a network namespace without a name, which is gone with the call. Errors: kPrivilege, and
/// those of `inside`.
[[nodiscard]] Result<void> in_scratch_namespace(const std::function<Result<void>()>& inside);

/// Errors: kMissing.
[[nodiscard]] Result<Namespace> open_namespace(const std::string& name);

/// A name hc-* under /run/netns.
struct Found {
  std::string name;
  std::string instance;           ///< as the name says.
  std::optional<Mark> mark = {};  ///< nothing: not ours.
  bool unfinished = false;        ///< our empty file (mode 0) without a mount: a crash came before the mount.
};
/// All of one instance, or of every instance when it is empty.
[[nodiscard]] Result<std::vector<Found>> find_namespaces(const std::string& instance);

/// Removes one of find_namespaces(), whosever it is, and ends the programs that were started for it
/// (daemons.h). What is gone already is a success. Errors: kPrivilege, and those of end_daemons().
[[nodiscard]] Result<void> remove_namespace(const std::string& name);
/// Removes what find_namespaces(instance) gives. Errors: kRefused, and nothing removed, when one is not ours.
[[nodiscard]] Result<void> remove_namespaces(const std::string& instance);

/// Makes /run/netns as ip-netns does, and holds its lock, which ip-netns takes as well, until the Fd goes.
[[nodiscard]] Result<Fd> lock_namespaces();

}  // namespace hopcost::nsglue
