#include "nsglue/netlink.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace hopcost::nsglue {
namespace {

constexpr std::size_t kReceiveBytes = 64 * 1024;  // more than any message of a dump
constexpr int kDumpTries = 8;

/// The kernel's own words about a refusal. Needs NETLINK_CAP_ACK: attributes then follow the nlmsgerr
/// directly.
std::string kernel_words(const nlmsghdr* h) {
  std::string words;
  if ((h->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return words;
  for_each_attribute(h, sizeof(nlmsgerr), [&](std::uint16_t type, const nlattr* a) {
    if (type == NLMSGERR_ATTR_MSG) words = mnl_attr_get_str(a);
  });
  return words;
}

void visit_from(const void* first, const char* end, const Attributes& visit) {
  const auto* a = static_cast<const nlattr*>(first);
  for (; mnl_attr_ok(a, static_cast<int>(end - reinterpret_cast<const char*>(a))); a = mnl_attr_next(a)) {
    visit(mnl_attr_get_type(a), a);
  }
}

}  // namespace

Message::Message(std::uint16_t type, std::uint16_t flags) : head_(mnl_nlmsg_put_header(buffer_.data())) {
  head_->nlmsg_type = type;
  head_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
}

void Message::raw(const void* bytes, std::size_t size) {
  std::memcpy(mnl_nlmsg_get_payload_tail(head_), bytes, size);
  head_->nlmsg_len += static_cast<std::uint32_t>(MNL_ALIGN(size));
}

void Message::text(std::uint16_t type, std::string_view value) {
  mnl_attr_put_strz(head_, type, std::string(value).c_str());
}

Result<Netlink> Netlink::open() {
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd.valid()) return errno_error(errno, "open a NETLINK_ROUTE socket");
  const int on = 1;
  // All three are refinements; old kernels do without.
  (void)setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  (void)setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  (void)setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return Netlink(std::move(fd));
}

Result<void> Netlink::exchange(Message& message, const std::string& what, std::string& answer,
                               bool& interrupted) {
  nlmsghdr* request = message.get();
  request->nlmsg_seq = ++sequence_;
  if (::send(fd_.get(), request, request->nlmsg_len, 0) < 0) return errno_error(errno, what);
  const auto buffer = std::make_unique<char[]>(kReceiveBytes);
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), buffer.get(), kReceiveBytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, what);
    int left = static_cast<int>(got);
    for (auto* h = reinterpret_cast<nlmsghdr*>(buffer.get()); mnl_nlmsg_ok(h, left);
         h = mnl_nlmsg_next(h, &left)) {
      if (h->nlmsg_seq != sequence_) continue;
      interrupted = interrupted || (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (h->nlmsg_type == NLMSG_DONE) return {};
      if (h->nlmsg_type == NLMSG_ERROR) {
        const int err = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(h))->error;
        if (err == 0) return {};
        const std::string words = kernel_words(h);
        return errno_error(err, words.empty() ? what : fmt::format("{} ({})", what, words));
      }
      answer.append(reinterpret_cast<const char*>(h), MNL_ALIGN(h->nlmsg_len));
    }
  }
}

Result<void> Netlink::request(Message& message, const std::string& what, const Handler& handle) {
  for (int i = 0; i < kDumpTries; ++i) {
    std::string answer;
    bool interrupted = false;
    if (auto done = exchange(message, what, answer, interrupted); !done) return done;
    if (interrupted) continue;
    int left = static_cast<int>(answer.size());
    auto* h = reinterpret_cast<const nlmsghdr*>(answer.data());
    for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(const_cast<nlmsghdr*>(h), &left)) {
      if (handle) handle(h);
    }
    return {};
  }
  return errno_error(EINTR, what, "the kernel's tables kept changing while they were read: try again");
}

void for_each_attribute(const nlmsghdr* message, std::size_t header_size, const Attributes& visit) {
  const char* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
  visit_from(mnl_nlmsg_get_payload_offset(message, header_size), end, visit);
}

void for_each_attribute(const nlattr* nest, const Attributes& visit) {
  const char* first = static_cast<const char*>(mnl_attr_get_payload(nest));
  visit_from(first, first + mnl_attr_get_payload_len(nest), visit);
}

}  // namespace hopcost::nsglue
