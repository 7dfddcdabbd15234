#include "base/netlink/socket.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <span>

namespace hopcost::netlink {
namespace {

constexpr std::size_t kReceiveBytes = 64 * 1024;  // more than any message of a dump
constexpr int kDumpTries = 8;

/// The kernel's message about a refusal, from the attributes after a head of `head_size` bytes.
std::string kernel_words(const nlmsghdr* h, std::size_t head_size) {
  std::string words;
  if ((h->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return words;
  for_each_attribute(h, head_size, [&](std::uint16_t type, const nlattr* a) {
    if (type == NLMSGERR_ATTR_MSG) words = text_of(a);
  });
  return words;
}

/// The result in NLMSG_ERROR or NLMSG_DONE. Both begin with the negative errno of a refusal; 0 is an
/// acknowledgement, or the end of a dump. In NLMSG_ERROR only the request's header follows (NETLINK_CAP_ACK).
Result<void> verdict(const nlmsghdr* h, const std::string& what) {
  const std::size_t head_size = h->nlmsg_type == NLMSG_ERROR ? sizeof(nlmsgerr) : sizeof(int);
  if (payload_of(h).size() < head_size) return {};  // NLMSG_DONE without a result
  const int err = -*fixed_header<int>(h);
  if (err <= 0) return {};
  const std::string words = kernel_words(h, head_size);
  return errno_error(err, words.empty() ? what : fmt::format("{} ({})", what, words));
}

}  // namespace

Result<Socket> Socket::open(int protocol) {
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!fd.valid()) return errno_error(errno, "open a netlink socket");
  const int on = 1;
  // Kernels before 4.20 lack some of these options and answer without them.
  (void)setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  (void)setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  (void)setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return Socket(std::move(fd));
}

Result<void> Socket::receive(const std::string& what, const Handler& visit) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kReceiveBytes);
  ssize_t got = 0;
  do {
    got = ::recv(fd_.get(), buffer.get(), kReceiveBytes, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return errno_error(errno, what);
  for_each_message({reinterpret_cast<const std::byte*>(buffer.get()), static_cast<std::size_t>(got)}, visit);
  return {};
}

Result<void> Socket::exchange(Message& message, const std::string& what, std::string& answer,
                              bool& interrupted) {
  if (message.too_long()) return error(Exit::kFailure, what + ": the request is longer than 4 KiB");
  nlmsghdr* request = message.get();
  request->nlmsg_seq = ++sequence_;
  if (::send(fd_.get(), request, request->nlmsg_len, 0) < 0) return errno_error(errno, what);
  std::optional<Result<void>> over;
  while (!over) {
    auto received = receive(what, [&](const nlmsghdr* h) {
      if (over || h->nlmsg_seq != sequence_) return;
      interrupted = interrupted || (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
        over = verdict(h, what);
      } else {
        answer.append(reinterpret_cast<const char*>(h), h->nlmsg_len);
        answer.resize(aligned(answer.size()));
      }
    });
    if (!received) return received;
  }
  return *over;
}

Result<void> Socket::batch(std::span<Message* const> messages, const std::string& what) {
  std::string bytes;
  std::size_t awaited = 0;
  const std::uint32_t first = sequence_ + 1;
  for (Message* m : messages) {
    if (m->too_long()) return error(Exit::kFailure, what + ": a request is longer than 4 KiB");
    m->get()->nlmsg_seq = ++sequence_;
    awaited += (m->get()->nlmsg_flags & NLM_F_ACK) != 0 ? 1 : 0;
    bytes.append(reinterpret_cast<const char*>(m->get()), m->get()->nlmsg_len);
    bytes.resize(aligned(bytes.size()));
  }
  if (::send(fd_.get(), bytes.data(), bytes.size(), 0) < 0) return errno_error(errno, what);
  Result<void> refused;
  while (refused && awaited > 0) {
    auto received = receive(what, [&](const nlmsghdr* h) {
      if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_seq < first || h->nlmsg_seq > sequence_) return;
      if (auto said = verdict(h, what); !said && refused) refused = said;
      --awaited;
    });
    if (!received) return received;
  }
  return refused;
}

Result<void> Socket::request(Message& message, const std::string& what, const Handler& handle) {
  for (int i = 0; i < kDumpTries; ++i) {
    std::string answer;
    bool interrupted = false;
    if (auto done = exchange(message, what, answer, interrupted); !done) return done;
    if (interrupted) continue;
    if (handle) for_each_message(std::as_bytes(std::span(answer)), handle);
    return {};
  }
  return errno_error(EINTR, what, "the kernel's tables kept changing while they were read: try again");
}

}  // namespace hopcost::netlink
