#include "campaign/lifecycle/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/netns.h"
#include "campaign/bench/echo.h"
#include "nsglue/attach/reference.h"
#include "nsglue/kernel/client.h"

namespace hopcost::campaign {
namespace {

using Clock = std::chrono::steady_clock;
using Command = std::vector<std::string>;

/// A busy engine with many orders at once takes its time.
constexpr auto kEnginePatience = std::chrono::seconds(60);

/// The command lines for each engine's client.
struct Client {
  const char* word;
  const char* package;
  Command asks;    ///< checks whether the engine is there.
  Command orders;  ///< starts a container; the container's name follows.
  Command sleeps;  ///< comes after the image: what runs in the container.
  Command removes;
};

const Client kClients[] = {{"docker",
                            "docker.io",
                            {"docker", "version"},
                            {"docker", "run", "--detach", "--pull", "never", "--name"},
                            {"sleep", "3600"},
                            {"docker", "rm", "--force"}},
                           {"podman",
                            "podman",
                            {"podman", "version"},
                            {"podman", "run", "--detach", "--pull", "never", "--name"},
                            {"sleep", "3600"},
                            {"podman", "rm", "--force", "--ignore", "--time", "0"}},
                           {"lxc",
                            "lxc",
                            {"lxc-start", "--version"},
                            {"lxc-start", "--name"},
                            {},
                            {"lxc-stop", "--kill", "--name"}}};

const Client* find_client(std::string_view word) {
  const auto at = std::ranges::find(kClients, word, &Client::word);
  return at == std::end(kClients) ? nullptr : at;
}

/// The container's name: LXC's has one already, the others get one of ours.
std::string name_of(const Engine& engine, const std::string& instance, std::size_t i) {
  return engine.word == "lxc" ? engine.what : fmt::format("hopcost-{}-{}", instance, i);
}

/// The first IPv4 address in a namespace that is not on the loopback device.
Result<in_addr> address_in(const std::string& netns, const std::string& reference) {
  auto inside = NetnsScope::enter(netns);
  if (!inside) return forward(inside);
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return errno_error(errno, "read the addresses of " + reference);
  std::optional<in_addr> found;
  for (const ifaddrs* a = list; a != nullptr && !found; a = a->ifa_next) {
    if (a->ifa_addr == nullptr || a->ifa_addr->sa_family != AF_INET || (a->ifa_flags & IFF_LOOPBACK) != 0)
      continue;
    found = reinterpret_cast<const sockaddr_in*>(a->ifa_addr)->sin_addr;
  }
  freeifaddrs(list);
  if (found) return *found;
  return error(Exit::kMissing, reference + " has no IPv4 address to send echo requests to",
               "give it a network of its own");
}

/// Runs the client. Errors: kFailure with its complaint.
Result<void> tell(const Command& command) {
  auto answer = nsglue::ask_client(command, {}, {}, kEnginePatience);
  if (!answer) return forward(answer);
  if (answer->good) return {};
  return error(Exit::kFailure, fmt::format("{}: {}", fmt::join(command, " "), answer->complaint));
}

/// Runs steps and records their times.
class Stopwatch {
 public:
  template <class Work>
  auto time(const char* step, Work&& work) {
    const auto began = Clock::now();
    auto done = work();
    times_.push_back({step, Clock::now() - began});
    return done;
  }
  [[nodiscard]] nsglue::StepTimes take() { return std::move(times_); }

 private:
  nsglue::StepTimes times_;
};

}  // namespace

Result<Engine> parse_engine(const std::string& words) {
  const std::size_t colon = words.find(':');
  Engine engine{words.substr(0, colon), colon == std::string::npos ? "" : words.substr(colon + 1)};
  if (find_client(engine.word) != nullptr && !engine.what.empty()) return engine;
  return error(Exit::kUsage, fmt::format("'{}' does not name an engine and what it starts", words),
               "as in docker:IMAGE, podman:IMAGE, lxc:CONTAINER; the image has to be there");
}

std::string text(const Engine& engine) {
  return engine.word + ":" + engine.what;
}

std::string why_missing(const Engine& engine) {
  const Client& client = *find_client(engine.word);
  auto answer = nsglue::ask_client(client.asks);
  if (!answer && answer.error().err == ENOENT)
    return fmt::format("{} is not installed here: apt-get install {}", engine.word, client.package);
  if (!answer) return answer.error().what;
  if (!answer->good) return fmt::format("{} does not answer: {}", engine.word, answer->complaint);
  const auto ours = is_ours_to_end(engine);
  return ours ? "" : ours.error().what;
}

Result<void> is_ours_to_end(const Engine& engine) {
  if (engine.word != "lxc") return {};  // the others' containers have names of ours
  auto state = nsglue::ask_client({"lxc-info", "--state", "--no-humanize", "--name", engine.what});
  if (!state) return forward(state);
  if (state->good && state->text.starts_with("STOPPED")) return {};
  return error(Exit::kRefused,
               state->good ? fmt::format("LXC's container {} runs already, and would be ended", engine.what)
                           : fmt::format("LXC shows no container {}: {}", engine.what, state->complaint),
               "name one that is stopped");
}

Result<nsglue::StepTimes> order_container(const Engine& engine, const std::string& instance, std::size_t i) {
  const Client& client = *find_client(engine.word);
  const std::string name = name_of(engine, instance, i);
  Command command = client.orders;
  command.push_back(name);
  if (!client.sleeps.empty()) {
    command.insert(command.end(), engine.arguments.begin(), engine.arguments.end());
    command.push_back(engine.what);
    command.insert(command.end(), client.sleeps.begin(), client.sleeps.end());
  }
  Stopwatch watch;
  if (auto done = watch.time("command", [&] { return tell(command); }); !done) return forward(done);
  const std::string reference = engine.word + ":" + name;
  auto address = watch.time(kLookupStep, [&]() -> Result<in_addr> {
    auto at = nsglue::locate(reference);
    if (!at) return forward(at);
    return address_in(at->netns, reference);
  });
  if (!address) return forward(address);
  if (auto done = watch.time("first answer", [&] { return await_echo(*address); }); !done)
    return forward(done);
  return watch.take();
}

Result<nsglue::StepTimes> remove_container(const Engine& engine, const std::string& instance, std::size_t i) {
  Command command = find_client(engine.word)->removes;
  command.push_back(name_of(engine, instance, i));
  Stopwatch watch;
  if (auto done = watch.time("command", [&] { return tell(command); }); !done) return forward(done);
  return watch.take();
}

}  // namespace hopcost::campaign
