#include "nsglue/prove/watch.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/netns.h"
#include "base/socket_filter.h"

namespace hopcost::nsglue {
namespace {

constexpr std::size_t kMostBytes = 2048;  // probes are far shorter, whatever tunnel's headers they have

std::int64_t time_of(const msghdr& message) {
  for (const cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr;
       c = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(c))) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec at{};
    std::memcpy(&at, CMSG_DATA(c), sizeof at);
    return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
  }
  return 0;
}

/// Lets in only frames that end as a probe does. Otherwise others, above all neighbours' requests, could fill
/// the socket.
Result<void> let_in_probes_alone(const Fd& socket) {
  static constexpr std::uint32_t kMarked = sizeof(ProbeMark);
  const auto word = [](std::size_t at) {
    std::uint32_t in_network_order = 0;
    std::memcpy(&in_network_order, ProbeMark{}.word.data() + at, sizeof in_network_order);
    return ntohl(in_network_order);
  };
  std::array<sock_filter, 10> program = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kMarked, 0, 7),
      BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, kMarked),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word(0), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_IND, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word(4), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kMostBytes),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  return attach_socket_filter(socket.get(), program);
}

}  // namespace

Result<Watch> Watch::open(const std::string& device) {
  auto index = interface_index(device);
  if (!index) return forward(index);
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return errno_error(errno, "open a packet socket");
  const int on = 1;
  if (setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
    return errno_error(errno, "ask for receive times");
  if (auto done = let_in_probes_alone(socket); !done) return forward(done);
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ALL);
  where.sll_ifindex = static_cast<int>(*index);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
    return errno_error(errno, fmt::format("watch {}", device));
  return Watch(std::move(socket));
}

void Watch::collect(std::uint32_t run, std::vector<Sight>& into) const {
  std::array<char, kMostBytes> frame;
  alignas(cmsghdr) std::array<char, 128> control;
  for (;;) {
    sockaddr_ll from{};
    iovec piece{frame.data(), frame.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = recvmsg(socket_.get(), &message, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return;
    const ProbeMark pattern{.run = run};
    ProbeMark mark;
    if (static_cast<std::size_t>(got) < sizeof mark || (message.msg_flags & MSG_TRUNC) != 0) continue;
    std::memcpy(&mark, frame.data() + got - sizeof mark, sizeof mark);
    if (mark.word != pattern.word || mark.run != run) continue;
    into.push_back({mark.sequence, from.sll_pkttype == PACKET_OUTGOING, time_of(message)});
  }
}

}  // namespace hopcost::nsglue
