// One error policy for every program: errors are values, made where the fault is seen, printed once in main.
// Includes nothing of ours.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace hopcost {

/// Exit codes of all programs. Stable: scripts may rely on them.
enum class Exit : int {
  kOk = 0,
  kFailure = 1,    ///< Anything that has no code of its own below.
  kUsage = 2,      ///< The command line or a file a person wrote is wrong.
  kPrivilege = 3,  ///< A capability or permission is missing.
  kMissing = 4,    ///< An interface, namespace, kernel feature or device does not exist.
  kPartial = 5,    ///< Stopped early (signal, device taken away, disk full); what was measured is written and
                   ///< marked partial.
  kUnfit = 6,      ///< The measurement ran, but its void gates or stamp regime forbid the claim.
  kRefused = 7,    ///< Refused for safety: the default route's interface, or a second run at once.
};

/// What went wrong, where, and what the person can do next.
struct Error {
  std::string what;  ///< One line: the operation and its object, e.g. "bind AF_PACKET to t0".
  int err = 0;       ///< errno taken at once, or 0.
  std::string hint;  ///< What to do next, or empty.
  Exit code = Exit::kFailure;
};

/// A call's value, or the reason it has none.
template <class T>
using Result = std::expected<T, Error>;

/// An error from `err` (an errno). The exit code follows from it: EPERM and EACCES are kPrivilege;
/// ENODEV, ENXIO, ENOENT, EOPNOTSUPP and EAFNOSUPPORT are kMissing. A missing hint is filled in for EPERM and
/// EACCES.
[[nodiscard]] std::unexpected<Error> errno_error(int err, std::string what, std::string hint = {});

/// An error without an errno.
[[nodiscard]] std::unexpected<Error> error(Exit code, std::string what, std::string hint = {});

/// Passes a failed result's error on: `if (!r) return forward(r);`.
template <class T>
[[nodiscard]] std::unexpected<Error> forward(Result<T>& failed) {
  return std::unexpected<Error>(std::move(failed).error());
}

/// The error as a person reads it: "what: strerror" and, on a second line, "  hint".
[[nodiscard]] std::string describe(const Error& e);

}  // namespace hopcost
