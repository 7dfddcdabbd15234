// Named network namespaces as ip-netns makes them, with a mark that says which are ours. Any thread; the
// calling thread is back in its own namespace when a call returns. Includes base/ and topology/.
//
// The mark is the alias of the namespace's own lo device. It is set before the namespace gets its name, lives
// and dies with it, and needs no file that a crash could leave wrong. So: a name hc-* without the mark is
// somebody else's, and is refused.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/netlink/socket.h"
#include "base/result.h"

namespace hopcost::nsglue {

struct Mark {
  std::string instance, topology, node;
};

/// A namespace that is open: its sockets work in it from anywhere.
struct Namespace {
  std::string name;
  Fd fd;
  netlink::Socket rtnetlink;
  Fd ioctl;  ///< a UDP socket, for SIOCETHTOOL.
};

/// Makes, marks and names one. `inside` runs in it before it gets its name.
/// Errors: kPrivilege; kFailure with EEXIST when the name is taken.
[[nodiscard]] Result<Namespace> create_namespace(const Mark& mark,
                                                 const std::function<Result<void>()>& inside);

/// Errors: kMissing.
[[nodiscard]] Result<Namespace> open_namespace(const std::string& name);

/// A name hc-* under /run/netns.
struct Found {
  std::string name;
  std::optional<Mark> mark;  ///< nothing: not ours.
  bool unfinished = false;   ///< an empty file nothing is mounted on: a crash came between the two.
};
/// All of one instance, or of every instance when it is empty.
[[nodiscard]] Result<std::vector<Found>> find_namespaces(const std::string& instance);

/// Removes what find_namespaces(instance) gives. Errors: kRefused, and nothing removed, when one is not ours.
[[nodiscard]] Result<void> remove_namespaces(const std::string& instance);

/// Makes /run/netns as ip-netns does, and holds its lock, which ip-netns takes as well, until the Fd goes.
[[nodiscard]] Result<Fd> lock_namespaces();

}  // namespace hopcost::nsglue
