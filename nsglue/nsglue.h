// Builds, reads back, compares and removes network modes; what others may call. Everything stands in
// namespaces named hc-INSTANCE-NODE, so several topologies, and one topology several times, live side by
// side. An instance is named by 1 to 40 letters, digits, '.', '-' and '_', the first a letter or digit. Any
// thread; calls for one instance exclude each other across processes. Includes only base/ and what of the
// floors is for others.
//
// Needs CAP_SYS_ADMIN and CAP_NET_ADMIN in the user namespace that owns the mount namespace: root, or an
// unprivileged user in a user and mount namespace of their own with a tmpfs on /run.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/attach/attach.h"
#include "nsglue/build/build.h"
#include "nsglue/check/drift.h"
#include "nsglue/check/lacks.h"
#include "nsglue/check/settings.h"
#include "nsglue/cni_mode.h"
#include "nsglue/kernel/dismantle.h"
#include "nsglue/kernel/owner.h"
#include "nsglue/prove/prove.h"
#include "nsglue/prove/reach.h"
#include "nsglue/topology/containers.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Where a tap is to be put.
struct TapPoint {
  std::string name, netns, device, direction;  ///< direction: "in" or "out".
  std::string hook = {};                       ///< "tc", "xdp" or empty.
};
/// A device that packets start from or end at.
struct Endpoint {
  std::string netns, device;
  std::string mac;         ///< "02:68:63:00:00:01".
  std::string ipv4, ipv6;  ///< without a prefix length; empty when there is none.
};
/// Where UDP datagrams end: the analyzer opens the socket.
struct Sink {
  std::string netns;
  std::uint16_t port;  ///< UDP.
};

/// What stands after up().
struct Realised {
  std::string topology, instance;
  std::map<std::string, std::string> netns;  ///< node -> namespace name.
  Endpoint sender;                           ///< the tester's device.
  /// Where packets end: the device. What they carry to get there: `mac` is the next hop's as seen from the
  /// wire, the addresses are the device's, or those its port is published at.
  Endpoint target;
  std::vector<TapPoint> taps;  ///< in the order a packet passes; the last is the end of the path.
  std::vector<Sink> sinks;
  std::uint16_t port = 0;            ///< UDP, that packets carry when they start.
  std::vector<Realised> containers;  ///< of many: each with its own way there; the first is also above.
  StepTimes steps;                   ///< how long up() took; empty after describe().
};

/// Who owns an instance.
enum class Ownership {
  kNobody,       ///< stands until down().
  kThisProcess,  ///< the calling process's: once that has died, however it did, sweep() may remove it.
};

/// Builds the topology and reads it back. One whose namespaces are adopted is only looked at: kMissing when
/// it is not as declared. Leftovers of the same instance (a crash, an older up) are removed
/// first; on failure, or a stop signal, all of it is removed again. Errors: kUsage (bad instance name),
/// kPrivilege, kMissing (a link kind the kernel has not), kRefused (a namespace of that name which is not
/// ours), kPartial (stop signal), kFailure (the kernel did something else than declared).
[[nodiscard]] Result<Realised> up(const Topology& topology, const std::string& instance,
                                  Ownership ownership = Ownership::kNobody);

/// What up() would return, from the declaration alone: the kernel is not asked.
[[nodiscard]] Result<Realised> describe(const Topology& topology, const std::string& instance);

/// The topology, one of many containers, without any of them: what they share, with add_container() to
/// follow. Errors: as up().
[[nodiscard]] Result<void> up_shared(const Topology& topology, const std::string& instance,
                                     Ownership ownership = Ownership::kNobody);
/// Builds container `i` of it, counted from 0, beside what stands; several threads may do so at once. It is
/// not read back. Errors: as up(); what was made of it until then stays.
[[nodiscard]] Result<StepTimes> add_container(const Topology& topology, const std::string& instance,
                                              std::size_t i, Ownership ownership = Ownership::kNobody);
/// Removes container `i`'s devices and namespaces; entries about it on shared nodes stay. What is gone
/// already is a success.
[[nodiscard]] Result<StepTimes> remove_container(const Topology& topology, const std::string& instance,
                                                 std::size_t i);

/// Compares what stands with what is declared. Empty: all as declared. A namespace that is gone is a drift
/// too.
[[nodiscard]] Result<std::vector<Drift>> check(const Topology& topology, const std::string& instance);

/// Removes every namespace of the instance that nsglue made, and with them all they hold. What is gone
/// already is a success. Errors: kRefused when a namespace of that name is not ours.
[[nodiscard]] Result<void> down(const std::string& instance);

/// One instance that stands, whole or in part.
struct Listed {
  std::string instance;
  std::string topology;  ///< empty: only names are there, whose build was killed before it made more.
  std::map<std::string, std::string> netns;  ///< node -> namespace name.
  std::optional<Owner> owner;                ///< nothing: nobody's. state_of() says whether it lives.
};
/// Instances by name. Namespaces of others are never listed.
[[nodiscard]] Result<std::vector<Listed>> list();

/// Ends the programs of runs in namespaces of their own (`hopcost run --rootless`) whose owner is certainly
/// dead, and with them all that those runs left; gives the instances. Errors: kFailure for what does not end.
[[nodiscard]] Result<std::vector<std::string>> sweep_hidden();

/// As sweep_hidden(), and removes the instances whose owner is certainly dead, whole or in part; gives their
/// names. Never removes one without an owner, nor one whose owner can't be judged from here
/// (OwnerState::kUnknown). Errors: as those of down(); what was removed until then is gone.
[[nodiscard]] Result<std::vector<std::string>> sweep();

}  // namespace hopcost::nsglue
