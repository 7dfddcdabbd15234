// Starts, reaches and removes containers of a real engine with the engine's own client. Any thread; each
// container belongs to one thread. Includes base, nsglue.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {

/// An engine as the user names it: "docker:IMAGE", "podman:IMAGE", "lxc:NAME".
struct Engine {
  std::string word;  ///< "docker", "podman" or "lxc".
  std::string what;  ///< The image; for LXC the container, which exists and does not run.
  std::vector<std::string> arguments = {};  ///< Further arguments for docker run and podman run.
};

/// The steps of starting and of removing an engine's container, in their order.
inline constexpr const char* kEngineSteps[] = {"command", "first answer"};
inline constexpr const char* kEngineRemovalSteps[] = {"command", "dismantling"};
/// The step in which we look up a container; it is no part of the container's time.
inline constexpr const char* kLookupStep = "lookup";

/// Parses an engine as the user names it. Errors: kUsage, with what can be named.
[[nodiscard]] Result<Engine> parse_engine(const std::string& text);
/// The engine as the user names it: "docker:busybox".
[[nodiscard]] std::string text(const Engine& engine);

/// Why the engine can't start containers here: it is not installed, it does not answer, or is_ours_to_end()
/// refuses. Empty: it can.
[[nodiscard]] std::string why_missing(const Engine& engine);

/// Refuses an LXC container that runs already or does not exist, because remove_container() would end it.
/// Errors: kRefused; lxc-info's.
[[nodiscard]] Result<void> is_ours_to_end(const Engine& engine);

/// Starts container `i` of `instance`, and sends its address echo requests each millisecond until one is
/// answered. Gives the time of each step. Errors: kFailure with the engine's message, or when no answer comes
/// within 3 s; kMissing when it has no IPv4 address of its own.
[[nodiscard]] Result<nsglue::StepTimes> order_container(const Engine& engine, const std::string& instance,
                                                        std::size_t i);
/// Ends and removes the container; LXC's, which existed before, is only ended. Errors: kFailure with the
/// engine's message.
[[nodiscard]] Result<nsglue::StepTimes> remove_container(const Engine& engine, const std::string& instance,
                                                         std::size_t i);

}  // namespace hopcost::campaign
