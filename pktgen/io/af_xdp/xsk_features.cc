#include "pktgen/io/af_xdp/xsk_features.h"

#include <linux/genetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "base/fd.h"
#include "pktgen/io/af_xdp/newer_kernel.h"

namespace hopcost::pktgen {
namespace {

constexpr std::size_t kHeads = NLMSG_HDRLEN + GENL_HDRLEN;

struct Question {
  std::uint16_t family;
  std::uint8_t command;
  std::uint16_t attribute;
  std::span<const std::byte> value;
  std::uint16_t wanted;  ///< The attribute of the answer.
};

bool send_request(const Fd& socket, const Question& q) {
  alignas(nlmsghdr) std::array<std::byte, 64> bytes{};
  const std::size_t length = kHeads + NLA_HDRLEN + NLA_ALIGN(q.value.size());
  const nlmsghdr head{.nlmsg_len = static_cast<std::uint32_t>(length),
                      .nlmsg_type = q.family,
                      .nlmsg_flags = NLM_F_REQUEST,
                      .nlmsg_seq = 1,
                      .nlmsg_pid = 0};
  const genlmsghdr generic{.cmd = q.command, .version = 1, .reserved = 0};
  const nlattr attribute{.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + q.value.size()),
                         .nla_type = q.attribute};
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + NLMSG_HDRLEN, &generic, sizeof generic);
  std::memcpy(bytes.data() + kHeads, &attribute, sizeof attribute);
  std::copy(q.value.begin(), q.value.end(), bytes.begin() + kHeads + NLA_HDRLEN);
  return send(socket.get(), bytes.data(), length, 0) == static_cast<ssize_t>(length);
}

/// The number that the wanted attribute of an answer holds, in the host's order.
template <class Number>
std::optional<Number> number_in(std::span<const std::byte> answer, const Question& q) {
  nlmsghdr head{};
  if (answer.size() < kHeads) return std::nullopt;
  std::memcpy(&head, answer.data(), sizeof head);
  if (head.nlmsg_type != q.family) return std::nullopt;  // an error
  for (auto rest = answer.subspan(kHeads); rest.size() >= NLA_HDRLEN;) {
    nlattr attribute{};
    std::memcpy(&attribute, rest.data(), sizeof attribute);
    if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > rest.size()) break;
    if (attribute.nla_type == q.wanted && attribute.nla_len == NLA_HDRLEN + sizeof(Number)) {
      Number number{};
      std::memcpy(&number, rest.data() + NLA_HDRLEN, sizeof number);
      return number;
    }
    rest = rest.subspan(std::min<std::size_t>(NLA_ALIGN(attribute.nla_len), rest.size()));
  }
  return std::nullopt;
}

template <class Number>
std::optional<Number> ask(const Fd& socket, const Question& q) {
  alignas(nlmsghdr) std::array<std::byte, 8192> answer{};
  if (!send_request(socket, q)) return std::nullopt;
  const auto n = recv(socket.get(), answer.data(), answer.size(), 0);
  return n < 0 ? std::nullopt : number_in<Number>(std::span(answer).first(static_cast<std::size_t>(n)), q);
}

}  // namespace

std::optional<std::uint64_t> xsk_features(unsigned ifindex) {
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
  if (!socket.valid()) return std::nullopt;
  constexpr char kName[] = NETDEV_FAMILY_NAME;  // with its zero
  const Question which_family{.family = GENL_ID_CTRL,
                              .command = CTRL_CMD_GETFAMILY,
                              .attribute = CTRL_ATTR_FAMILY_NAME,
                              .value = std::as_bytes(std::span(kName)),
                              .wanted = CTRL_ATTR_FAMILY_ID};
  const auto family = ask<std::uint16_t>(socket, which_family);
  if (!family) return std::nullopt;
  const std::uint32_t index = ifindex;
  const Question which_features{.family = *family,
                                .command = NETDEV_CMD_DEV_GET,
                                .attribute = NETDEV_A_DEV_IFINDEX,
                                .value = std::as_bytes(std::span(&index, 1)),
                                .wanted = NETDEV_A_DEV_XSK_FEATURES};
  return ask<std::uint64_t>(socket, which_features);
}

}  // namespace hopcost::pktgen
