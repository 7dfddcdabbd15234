#include "nsglue/kernel/namespaces.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <linux/rtnetlink.h>
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
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrivilegeHint =
    "run with sudo, or in a user and mount namespace of your own with a tmpfs on /run";
constexpr int kLoIndex = 1;  // LOOPBACK_IFINDEX, include/net/net_namespace.h

std::string path_of(const std::string& name) {
  return fmt::format("{}/{}", kNetnsDir, name);
}

std::string mark_text(const Mark& m) {
  return fmt::format("hopcost instance={} topology={} node={}", m.instance, m.topology, m.node);
}

/// The word after " KEY=".
std::string mark_word(const std::string& text, const std::string& key) {
  const std::size_t at = text.find(" " + key + "=");
  if (at == std::string::npos) return {};
  const std::size_t first = at + key.size() + 2;
  return text.substr(first, text.find(' ', first) - first);
}

std::optional<Mark> parse_mark(const std::string& text) {
  if (!text.starts_with("hopcost ")) return std::nullopt;
  Mark m{mark_word(text, "instance"), mark_word(text, "topology"), mark_word(text, "node")};
  if (m.instance.empty() || m.node.empty()) return std::nullopt;
  return m;
}

Result<void> set_mark(netlink::Socket& rtnetlink, const Mark& mark) {
  netlink::Message m(RTM_NEWLINK, 0);
  m.header(ifinfomsg{.ifi_family = AF_UNSPEC,
                     .__ifi_pad = 0,
                     .ifi_type = 0,
                     .ifi_index = kLoIndex,
                     .ifi_flags = 0,
                     .ifi_change = 0});
  m.text(IFLA_IFALIAS, mark_text(mark));
  return rtnetlink.request(m, "mark a namespace");
}

Result<std::optional<Mark>> read_mark(netlink::Socket& rtnetlink) {
  netlink::Message m(RTM_GETLINK, 0);
  m.header(ifinfomsg{.ifi_family = AF_UNSPEC,
                     .__ifi_pad = 0,
                     .ifi_type = 0,
                     .ifi_index = kLoIndex,
                     .ifi_flags = 0,
                     .ifi_change = 0});
  std::optional<Mark> mark;
  auto done = rtnetlink.request(m, "read a namespace's mark", [&](const nlmsghdr* h) {
    netlink::for_each_attribute(h, sizeof(ifinfomsg), [&](std::uint16_t type, const nlattr* a) {
      if (type == IFLA_IFALIAS) mark = parse_mark(netlink::text_of(a));
    });
  });
  if (!done) return forward(done);
  return mark;
}

/// The calling thread is in a new namespace while this lives, then back home.
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
    // Going on in the wrong namespace would change what must not be touched.
    if (home_.valid() && setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
  }

 private:
  explicit FreshNamespace(Fd home) : home_(std::move(home)) {}
  Fd home_;
};

/// Sockets in the calling thread's current namespace.
Result<Namespace> open_here(const std::string& name) {
  auto fd = open_netns("");
  if (!fd) return forward(fd);
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  Fd ioctl(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!ioctl.valid()) return errno_error(errno, "open a socket for SIOCETHTOOL");
  return Namespace{name, std::move(*fd), std::move(*rtnetlink), std::move(ioctl)};
}

Result<Namespace> fill_and_name(const Mark& mark, const std::string& name,
                                const std::function<Result<void>()>& inside) {
  auto scope = FreshNamespace::enter();
  if (!scope) return forward(scope);
  auto made = open_here(name);
  if (!made) return made;
  if (auto done = set_mark(made->rtnetlink, mark); !done) return forward(done);
  if (auto done = inside(); !done) return forward(done);
  if (mount("/proc/thread-self/ns/net", path_of(name).c_str(), "none", MS_BIND, nullptr) != 0) {
    return errno_error(errno, fmt::format("mount namespace {}", path_of(name)), kPrivilegeHint);
  }
  return made;
}

Result<Found> look_at(const std::string& name) {
  Found found{name, std::nullopt, false};
  struct statfs kind {};
  struct stat file {};
  const std::string path = path_of(name);
  if (statfs(path.c_str(), &kind) != 0) return errno_error(errno, fmt::format("look at {}", path));
  if (kind.f_type != NSFS_MAGIC) {
    found.unfinished = stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && file.st_size == 0;
    return found;
  }
  auto open = open_namespace(name);
  if (!open) return forward(open);
  auto mark = read_mark(open->rtnetlink);
  if (!mark) return forward(mark);
  if (*mark && namespace_name((*mark)->instance, (*mark)->node) == name) found.mark = *mark;
  return found;
}

Result<void> remove_one(const std::string& name) {
  const std::string path = path_of(name);
  while (umount2(path.c_str(), MNT_DETACH) == 0) {
  }
  if (errno != EINVAL && errno != ENOENT)
    return errno_error(errno, fmt::format("unmount {}", path), kPrivilegeHint);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error(errno, fmt::format("remove {}", path));
  return {};
}

/// /run/netns is a mount of its own that passes mounts on, so that they reach (and leave) other mount
/// namespaces.
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
  const std::string path = path_of(name);
  Fd file(::open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0));
  if (!file.valid())
    return errno_error(errno, fmt::format("create {}", path), errno == EACCES ? kPrivilegeHint : "");
  auto made = fill_and_name(mark, name, inside);
  if (!made) unlink(path.c_str());
  return made;
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
    const std::size_t dash = name.rfind('-');  // node names hold none
    if (!name.starts_with("hc-") || dash < 3) continue;
    if (instance.empty() || name.substr(3, dash - 3) == instance) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    auto found = look_at(name);
    if (found) {
      all.push_back(std::move(*found));
    } else if (found.error().err != ENOENT) {  // gone meanwhile: not there
      return forward(found);
    }
  }
  return all;
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
    if (auto done = remove_one(f.name); !done) return done;
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
