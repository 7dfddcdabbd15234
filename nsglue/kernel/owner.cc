#include "nsglue/kernel/owner.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <sstream>

#include "nsglue/kernel/files.h"

namespace hopcost::nsglue {
namespace {

struct Life {
  std::uint64_t start_ticks = 0;
  bool zombie = false;
};

/// Reads fields 3 (state), 20 (threads) and 22 (start) of /proc/PID/stat. Field 2 is a name in parentheses
/// that may itself contain spaces and parentheses. A process also shows as a zombie when its first thread has
/// ended; it is one only if no other thread is left.
Result<Life> life_of(pid_t pid) {
  auto text = read_small(fmt::format("/proc/{}/stat", pid));
  if (!text) return forward(text);
  std::istringstream fields(text->substr(text->rfind(')') + 1));
  std::string state, skipped;
  std::uint64_t threads = 0;
  Life life;
  fields >> state;
  for (int i = 4; i < 20; ++i) fields >> skipped;
  fields >> threads >> skipped >> life.start_ticks;
  if (!fields)
    return error(Exit::kFailure, fmt::format("/proc/{}/stat is not as proc_pid_stat(5) has it", pid));
  life.zombie = (state == "Z" || state == "X") && threads <= 1;
  return life;
}

Result<std::string> boot_id() {
  return read_small("/proc/sys/kernel/random/boot_id");
}

Result<std::uint64_t> pid_namespace() {
  struct stat ns {};
  if (stat("/proc/self/ns/pid", &ns) != 0) return errno_error(errno, "look at /proc/self/ns/pid");
  return ns.st_ino;
}

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Owner> this_process() {
  auto boot = boot_id();
  if (!boot) return forward(boot);
  auto pids = pid_namespace();
  if (!pids) return forward(pids);
  auto life = life_of(getpid());
  if (!life) return forward(life);
  return Owner{*boot, *pids, getpid(), life->start_ticks};
}

OwnerState state_of(const Owner& owner) {
  const auto boot = boot_id();
  if (!boot) return OwnerState::kUnknown;
  if (*boot != owner.boot_id) return OwnerState::kDead;
  const auto pids = pid_namespace();
  if (!pids || *pids != owner.pid_namespace) return OwnerState::kUnknown;
  if (kill(owner.pid, 0) != 0 && errno == ESRCH) return OwnerState::kDead;
  const auto life = life_of(owner.pid);
  if (!life) return OwnerState::kUnknown;
  return life->zombie || life->start_ticks != owner.start_ticks ? OwnerState::kDead : OwnerState::kAlive;
}

const char* text(OwnerState state) {
  switch (state) {
    case OwnerState::kAlive:
      return "alive";
    case OwnerState::kDead:
      return "dead";
    case OwnerState::kUnknown:
      break;
  }
  return "unknown";
}

std::string owner_text(const Owner& o) {
  return fmt::format("{}:{}:{}:{}", o.boot_id, o.pid_namespace, o.pid, o.start_ticks);
}

std::optional<Owner> parse_owner(std::string_view text) {
  std::array<std::string_view, 4> words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t end = text.find(':');
    if ((end == std::string_view::npos) != (i + 1 == words.size())) return std::nullopt;
    words[i] = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  Owner o{std::string(words[0]), 0, 0, 0};
  const bool good = !o.boot_id.empty() && parse_number(words[1], o.pid_namespace) &&
                    parse_number(words[2], o.pid) && o.pid > 0 && parse_number(words[3], o.start_ticks);
  return good ? std::optional(o) : std::nullopt;
}

}  // namespace hopcost::nsglue
