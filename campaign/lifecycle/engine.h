// Containers of a real engine, ordered, asked and removed by its own client. Any thread; a container is one
// thread's. Includes base, nsglue.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {

/// What a person names: "docker:IMAGE", "podman:IMAGE", "lxc:NAME".
struct Engine {
  std::string word;  ///< "docker", "podman" or "lxc".
  std::string what;  ///< The image; of LXC the container, which is there already and does not run.
  std::vector<std::string> arguments = {};  ///< Further ones of docker run and podman run.
};

/// The steps of an engine's container, in their order.
inline constexpr const char* kEngineSteps[] = {"command", "first answer"};
inline constexpr const char* kEngineRemovalSteps[] = {"command", "dismantling"};
/// What looking a container up took: no part of its time.
inline constexpr const char* kLookupStep = "lookup";

/// Errors: kUsage, with what can be named.
[[nodiscard]] Result<Engine> parse_engine(const std::string& text);
/// "docker:busybox".
[[nodiscard]] std::string text(const Engine& engine);

/// Why nothing of it can be ordered here: that it is not installed, or that it does not answer. Empty: it
/// can.
[[nodiscard]] std::string why_missing(const Engine& engine);

/// Whether what remove_container() ends is ours: not so of an LXC container that runs already. Errors:
/// kRefused.
[[nodiscard]] Result<void> is_ours_to_end(const Engine& engine);

/// Has container `i` of `instance` started, and asks its address for an echo each millisecond until one is
/// answered; what it took by step. Errors: kFailure with what the engine says, or when none is answered
/// within 3 s; kMissing when it has no IPv4 address of its own.
[[nodiscard]] Result<nsglue::StepTimes> order_container(const Engine& engine, const std::string& instance,
                                                        std::size_t i);
/// Ends and removes it; LXC's, which was there before, is ended. Errors: kFailure with what the engine says.
[[nodiscard]] Result<nsglue::StepTimes> remove_container(const Engine& engine, const std::string& instance,
                                                         std::size_t i);

}  // namespace hopcost::campaign
