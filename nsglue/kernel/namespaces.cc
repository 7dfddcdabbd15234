#include "nsglue/kernel/namespaces.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/netns.h"
#include "nsglue/kernel/daemons.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrivilegeHint =
    "run with sudo, or in a user and mount namespace of your own with a tmpfs on /run";

std::string path_of(const std::string& name) {
  return fmt::format("{}/{}", kNetnsDir, name);
}

/// While this lives, the calling thread is in a new namespace; then it returns to its own.
class FreshNamespace {
 public:
  [[nodiscard]] static Result<FreshNamespace> enter() {
    auto home = open_netns("");
    if (!home) return forward(home);
    if (unshare(CLONE_NEWNET) != 0) return errno_error(errno, "make a network namespace", kPrivilegeHint);
    return FreshNamespace(std::move(*home));
  }
  FreshNamespace(FreshNamespace&&) noexcept = default;
  FreshNamespace& operator=(FreshNamespace&&) = delete;
  ~FreshNamespace() {
    // In the wrong namespace, we would change what must not be touched.
    if (home_.valid() && setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
  }

 private:
  explicit FreshNamespace(Fd home) : home_(std::move(home)) {}
  Fd home_;
};

/// Opens sockets in the calling thread's current namespace.
Result<Namespace> open_here(const std::string& name) {
  auto fd = open_netns("");
  if (!fd) return forward(fd);
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  Fd ioctl(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!ioctl.valid()) return errno_error(errno, "open a socket for SIOCETHTOOL");
  return Namespace{name, std::move(*fd), std::move(*rtnetlink), std::move(ioctl)};
}

Result<Found> look_at(const std::string& name) {
  Found found{.name = name, .instance = instance_of(name)};
  struct statfs kind {};
  struct stat file {};
  const std::string path = path_of(name);
  if (statfs(path.c_str(), &kind) != 0) return errno_error(errno, fmt::format("look at {}", path));
  if (kind.f_type != NSFS_MAGIC) {
    // create_namespace() gives it mode 0 and a valid instance's name. Others' empty files are not ours.
    found.unfinished = stat(path.c_str(), &file) == 0 && file.st_mode == S_IFREG && file.st_size == 0 &&
                       validate_instance(found.instance).has_value();
    return found;
  }
  auto open = open_namespace(name);
  if (!open) {
    const bool gone = statfs(path.c_str(), &kind) != 0 || kind.f_type != NSFS_MAGIC;
    return gone ? errno_error(ENOENT, fmt::format("look at {}", path)) : forward(open);
  }
  auto mark = read_mark(open->rtnetlink);
  if (!mark) return forward(mark);
  if (*mark && namespace_name((*mark)->instance, (*mark)->node) == name) found.mark = *mark;
  return found;
}

/// Makes /run/netns a mount of its own that is shared, so that mounts in it appear and vanish in other mount
/// namespaces, too.
Result<void> share_folder() {
  if (mount("", kNetnsDir, "none", MS_SHARED | MS_REC, nullptr) == 0) return {};
  if (errno == EINVAL && mount(kNetnsDir, kNetnsDir, "none", MS_BIND | MS_REC, nullptr) == 0 &&
      mount("", kNetnsDir, "none", MS_SHARED | MS_REC, nullptr) == 0) {
    return {};
  }
  return errno_error(errno, fmt::format("make {} a shared mount", kNetnsDir), kPrivilegeHint);
}

}  // namespace

Result<Namespace> create_namespace(const Mark& mark, const std::function<Result<void>()>& inside) {
  const std::string name = namespace_name(mark.instance, mark.node);
  auto scope = FreshNamespace::enter();
  if (!scope) return forward(scope);
  auto made = open_here(name);
  if (!made) return made;
  if (auto done = set_mark(made->rtnetlink, mark); !done) return forward(done);
  if (auto done = inside(); !done) return forward(done);
  // The name comes last: if we were killed in between, a name without its namespace would not say whose it
  // was.
  const std::string path = path_of(name);
  const Fd file(::open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0));
  if (!file.valid())
    return errno_error(errno, fmt::format("create {}", path), errno == EACCES ? kPrivilegeHint : "");
  if (mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) != 0) {
    const int err = errno;
    unlink(path.c_str());
    return errno_error(err, fmt::format("mount namespace {}", path), kPrivilegeHint);
  }
  return made;
}

Result<void> in_scratch_namespace(const std::function<Result<void>()>& inside) {
  auto scope = FreshNamespace::enter();
  if (!scope) return forward(scope);
  return inside();
}

Result<Namespace> open_namespace(const std::string& name) {
  auto scope = NetnsScope::enter(name);
  if (!scope) return forward(scope);
  return open_here(name);
}

Result<std::vector<Found>> find_namespaces(const std::string& instance) {
  std::vector<Found> all;
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(kNetnsDir, none)) {
    const std::string name = entry.path().filename();
    const std::string of = instance_of(name);
    if (!of.empty() && (instance.empty() || of == instance)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    auto found = look_at(name);
    if (found) {
      all.push_back(std::move(*found));
    } else if (found.error().err != ENOENT) {  // ENOENT: it has gone meanwhile
      return forward(found);
    }
  }
  return all;
}

Result<void> remove_namespace(const std::string& name) {
  if (auto ended = end_daemons(name); !ended) return ended;  // they would keep it alive
  const std::string path = path_of(name);
  while (umount2(path.c_str(), MNT_DETACH) == 0) {
  }
  if (errno != EINVAL && errno != ENOENT)
    return errno_error(errno, fmt::format("unmount {}", path), kPrivilegeHint);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error(errno, fmt::format("remove {}", path));
  return {};
}

Result<void> remove_namespaces(const std::string& instance) {
  auto all = find_namespaces(instance);
  if (!all) return forward(all);
  for (const Found& f : *all) {
    if (f.mark || f.unfinished) continue;
    return error(Exit::kRefused, fmt::format("namespace {} was not made by nsglue", f.name),
                 fmt::format("choose another --instance, or remove it yourself: ip netns del {}", f.name));
  }
  for (const Found& f : *all) {
    if (auto done = remove_namespace(f.name); !done) return done;
  }
  return {};
}

Result<Fd> lock_namespaces() {
  if (mkdir(kNetnsDir, 0755) != 0 && errno != EEXIST) {
    return errno_error(errno, fmt::format("create {}", kNetnsDir), kPrivilegeHint);
  }
  Fd dir(::open(kNetnsDir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir.valid()) return errno_error(errno, fmt::format("open {}", kNetnsDir));
  if (flock(dir.get(), LOCK_EX) != 0) return errno_error(errno, fmt::format("lock {}", kNetnsDir));
  if (auto shared = share_folder(); !shared) return forward(shared);
  return dir;
}

}  // namespace hopcost::nsglue
