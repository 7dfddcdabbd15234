// Which process an instance belongs to, and whether that process still lives. Any thread. Includes only
// base/.
//
// A process id alone tells neither: it is given again, after a reboot too, and it means something else in
// another PID namespace. So an owner is told by all four (Linux: proc_pid_stat(5), random(4),
// pid_namespaces(7)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hopcost::nsglue {

struct Owner {
  std::string boot_id;              ///< /proc/sys/kernel/random/boot_id.
  std::uint64_t pid_namespace = 0;  ///< inode of /proc/PID/ns/pid.
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  ///< when it began, in clock ticks after boot: field 22 of /proc/PID/stat.
  friend bool operator==(const Owner&, const Owner&) = default;
};

/// The calling process. Errors: those of reading /proc.
[[nodiscard]] Result<Owner> this_process();

/// Whether an owner lives, as far as it can be told from here.
enum class OwnerState {
  kAlive,
  kDead,     ///< of an earlier boot; gone; its process id another's; or a zombie.
  kUnknown,  ///< of another PID namespace, or /proc does not show it.
};
/// Looks the owner up in /proc.
[[nodiscard]] OwnerState state_of(const Owner& owner);
/// "alive", "dead", "unknown".
[[nodiscard]] const char* text(OwnerState state);

/// "BOOT:PID_NAMESPACE:PID:START".
[[nodiscard]] std::string owner_text(const Owner& owner);
/// What owner_text() wrote; nothing when it is not that.
[[nodiscard]] std::optional<Owner> parse_owner(std::string_view text);

}  // namespace hopcost::nsglue
