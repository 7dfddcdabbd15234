#include "base/netlink/generic.h"

#include <fmt/format.h>

#include <cerrno>

namespace hopcost::netlink {

Result<std::uint16_t> find_family(Socket& socket, std::string_view name) {
  Message question(GENL_ID_CTRL, 0);
  question.header(generic_header(CTRL_CMD_GETFAMILY));
  question.text(CTRL_ATTR_FAMILY_NAME, name);
  std::uint16_t number = 0;
  const std::string what = fmt::format("look for the netlink family {}", name);
  auto answered = socket.request(question, what, [&](const nlmsghdr* h) {
    for_each_attribute(h, GENL_HDRLEN, [&](std::uint16_t type, const nlattr* a) {
      if (type == CTRL_ATTR_FAMILY_ID) number = number_of<std::uint16_t>(a);
    });
  });
  if (!answered && answered.error().err != ENOENT) return forward(answered);
  if (!answered || number == 0)
    return error(Exit::kMissing, fmt::format("this kernel has no netlink family {}", name));
  return number;
}

}  // namespace hopcost::netlink
