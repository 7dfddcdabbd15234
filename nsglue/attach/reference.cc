#include "nsglue/attach/reference.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "base/fd.h"
#include "base/netns.h"
#include "nsglue/attach/engine.h"

namespace hopcost::nsglue {
namespace {

constexpr const char* kHere = "here";

/// The main thread's namespace. A descriptor holds it as long as the program runs: the thread may enter
/// another namespace later, and our children open this path, too.
Result<std::string> own_namespace() {
  static const Fd kHeld(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!kHeld.valid()) return errno_error(errno, "open this process's network namespace");
  return fmt::format("/proc/{}/fd/{}", getpid(), kHeld.get());
}

Result<Located> at_path(const std::string& reference, std::string path, pid_t pid) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0)
    return errno_error(errno, fmt::format("{}: look at {}", reference, path), "see what there is: ip netns");
  return Located{reference, std::move(path), file.st_ino, pid};
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 10 &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::unexpected<Error> no_reference(const std::string& text) {
  return error(
      Exit::kUsage, fmt::format("'{}' names no container", text),
      fmt::format("write ENGINE:NAME, of the engines {}; or netns:NAME, pid:N, here", engine_words()));
}

}  // namespace

Result<Located> locate(const std::string& reference) {
  if (reference == kHere) {
    auto own = own_namespace();
    if (!own) return forward(own);
    return at_path(reference, std::move(*own), 0);
  }
  const std::size_t colon = reference.find(':');
  if (colon == std::string::npos) return no_reference(reference);
  const std::string word = reference.substr(0, colon), name = reference.substr(colon + 1);
  const bool plain =
      !name.empty() && (std::isalnum(static_cast<unsigned char>(name[0])) != 0 || name[0] == '/');
  if (!plain) return no_reference(reference);
  if (word == "netns")
    return at_path(reference, name[0] == '/' ? name : fmt::format("{}/{}", kNetnsDir, name), 0);
  std::string number = name;
  if (is_engine(word)) {
    auto pid = container_process(word, name);
    if (!pid) return forward(pid);
    number = std::to_string(*pid);
  } else if (word != "pid" || !is_number(name)) {
    return no_reference(reference);
  }
  return at_path(reference, fmt::format("/proc/{}/ns/net", number), static_cast<pid_t>(std::stol(number)));
}

}  // namespace hopcost::nsglue
