#include "nsglue/attach/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <vector>

#include "nsglue/kernel/client.h"

namespace hopcost::nsglue {
namespace {

/// An engine's client, and what to tell a user who does not have it.
struct Engine {
  std::string_view word;              ///< what a reference begins with.
  const char* package;                ///< Debian's package with the client.
  const char* daemon;                 ///< how to start its daemon; empty when it has none.
  const char* list;                   ///< the command that lists running containers.
  const char* start;                  ///< the command that starts a container, without its name.
  std::array<const char*, 6> client;  ///< the command line before the container's name; ends with null.
};

constexpr Engine kEngines[] = {
    {"docker",
     "docker.io",
     "systemctl start docker",
     "docker ps",
     "docker start",
     {"docker", "container", "inspect", "--format", "{{.State.Pid}}", nullptr}},
    {"podman",
     "podman",
     "",
     "podman ps",
     "podman start",
     {"podman", "container", "inspect", "--format", "{{.State.Pid}}", nullptr}},
    {"lxc",
     "lxc",
     "",
     "lxc-ls --running",
     "lxc-start",
     {"lxc-info", "--no-humanize", "--pid", "--name", nullptr}},
    {"cri",
     "cri-tools",
     "systemctl start containerd",
     "crictl ps",
     "crictl start",
     {"crictl", "inspect", "--output", "go-template", "--template={{.info.pid}}", nullptr}},
    {"runc", "runc", "", "runc list", "runc start", {"runc", "state", nullptr}},
};

const Engine* find_engine(std::string_view word) {
  const auto at = std::ranges::find(kEngines, word, &Engine::word);
  return at == std::end(kEngines) ? nullptr : at;
}

/// The process id in a client's answer: the whole answer, or the number after "pid": (runc). 0 when there is
/// none.
pid_t process_in(std::string_view answer) {
  constexpr std::string_view kKey = "\"pid\":";
  if (const auto at = answer.find(kKey); at != std::string_view::npos) answer.remove_prefix(at + kKey.size());
  answer.remove_prefix(std::min(answer.find_first_not_of(" \n"), answer.size()));
  pid_t pid = 0;
  (void)std::from_chars(answer.data(), answer.data() + answer.size(), pid);
  return std::max(pid, 0);
}

std::string how_to_go_on(const Engine& engine) {
  const std::string list = fmt::format("see what runs: {}", engine.list);
  return *engine.daemon == '\0' ? list : fmt::format("{}; where its daemon is down: {}", list, engine.daemon);
}

}  // namespace

bool is_engine(std::string_view word) {
  return find_engine(word) != nullptr;
}

std::string engine_words() {
  std::string words;
  for (const Engine& e : kEngines) words += fmt::format("{}{}", words.empty() ? "" : ", ", e.word);
  return words;
}

Result<pid_t> container_process(const std::string& word, const std::string& container) {
  const Engine& engine = *find_engine(word);
  std::vector<std::string> command;
  for (const char* const* part = engine.client.data(); *part != nullptr; ++part) command.emplace_back(*part);
  command.push_back(container);
  auto answer = ask_client(command);
  if (!answer && answer.error().err == ENOENT)
    return error(Exit::kMissing,
                 fmt::format("{} is not installed here: there is no {}", word, command.front()),
                 fmt::format("install it: apt-get install {}", engine.package));
  if (!answer) return forward(answer);
  if (!answer->good)
    return error(Exit::kMissing,
                 fmt::format("{} shows no container '{}': {}", word, container, answer->complaint),
                 how_to_go_on(engine));
  const pid_t pid = process_in(answer->text);
  if (pid > 0) return pid;
  return error(Exit::kMissing, fmt::format("{}'s container '{}' does not run", word, container),
               fmt::format("start it: {} {}", engine.start, container));
}

}  // namespace hopcost::nsglue
