// The only program of a virtual machine's guest (kernel/machine.h). It loads the NIC's driver, sets up what
// the kernel's command line says, and sends every datagram back to where it came from. On the console it says
// when it is ready. It is the guest's first process, has one thread, and is linked statically because the
// guest has no library. For the same reason it includes base/netlink/message.h alone.
//
// The kernel's command line holds any number of end_address=198.18.0.3/24 and end_neighbour=198.18.0.1,MAC,
// and one end_port=9.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/netlink/message.h"

namespace {

using hopcost::netlink::Message;

constexpr const char* kNic = "eth0";
constexpr int kNicTries = 2000;  // at intervals of 1 ms

/// Prints the reason and makes QEMU end.
[[noreturn]] void fail(const std::string& what) {
  std::printf("hopcost: the guest can't %s: %s\n", what.c_str(), std::strerror(errno));
  std::fflush(stdout);
  sleep(1);
  reboot(RB_AUTOBOOT);  // QEMU runs with -no-reboot
  std::exit(1);
}

std::string read_all(const char* path) {
  std::string text;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(std::string("open ") + path);
  std::array<char, 4096> piece;
  for (ssize_t got = 0; (got = read(file, piece.data(), piece.size())) > 0;)
    text.append(piece.data(), static_cast<std::size_t>(got));
  close(file);
  return text;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while ((begin = text.find_first_not_of(" \n", begin)) != std::string::npos) {
    const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

/// Sets a sysctl. It does not matter when the kernel lacks it.
void set(const std::string& path, const char* value) {
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  if (write(file, value, std::strlen(value)) < 0) std::printf("hopcost: %s stays\n", path.c_str());
  close(file);
}

/// Makes the guest as quiet as a topology's nodes: it sends nothing that nobody asked for.
void be_quiet() {
  const std::string ipv6 = "/proc/sys/net/ipv6/conf/default/";
  for (const char* off : {"accept_dad", "accept_ra", "router_solicitations", "autoconf"})
    set(ipv6 + off, "0");
  set(ipv6 + "addr_gen_mode", "1");
}

void load_modules() {
  for (const std::string& name : words_of(read_all("/modules/order"))) {
    const int file = open(("/modules/" + name).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 || (syscall(SYS_finit_module, file, "", 0) != 0 && errno != EEXIST)) fail("load " + name);
    close(file);
  }
}

unsigned wait_for_nic() {
  for (int i = 0; i < kNicTries; ++i) {
    if (const unsigned index = if_nametoindex(kNic); index != 0) return index;
    usleep(1000);
  }
  errno = ENODEV;
  fail("find its NIC");
}

/// Sends a request and reads the acknowledgement.
void ask(int netlink, Message& m, const char* what) {
  const nlmsghdr* head = m.get();
  std::array<char, 4096> answer;
  if (send(netlink, head, head->nlmsg_len, 0) < 0 || recv(netlink, answer.data(), answer.size(), 0) < 0)
    fail(what);
  nlmsgerr fault{};
  std::memcpy(&fault, answer.data() + NLMSG_HDRLEN, sizeof fault);
  errno = -fault.error;
  if (fault.error != 0) fail(what);
}

void set_up(int netlink, unsigned index) {
  Message m(RTM_NEWLINK, 0);
  ifinfomsg head{};
  head.ifi_index = static_cast<int>(index);
  head.ifi_flags = head.ifi_change = IFF_UP;
  m.header(head);
  ask(netlink, m, "set a device up");
}

struct Address {
  int family = 0;
  std::array<unsigned char, 16> bytes{};
  [[nodiscard]] std::size_t size() const { return family == AF_INET ? 4 : 16; }
};

Address address_in(const std::string& text) {
  Address a;
  a.family = text.find(':') == std::string::npos ? AF_INET : AF_INET6;
  errno = EINVAL;
  if (inet_pton(a.family, text.c_str(), a.bytes.data()) != 1) fail("read the address " + text);
  return a;
}

void add_address(int netlink, unsigned index, const std::string& text) {
  const std::size_t slash = text.find('/');
  const Address a = address_in(text.substr(0, slash));
  Message m(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  ifaddrmsg head{};
  head.ifa_family = static_cast<unsigned char>(a.family);
  head.ifa_prefixlen = static_cast<unsigned char>(std::atoi(text.c_str() + slash + 1));
  head.ifa_flags = IFA_F_NODAD;
  head.ifa_index = index;
  m.header(head);
  m.bytes(IFA_LOCAL, a.bytes.data(), a.size());
  m.bytes(IFA_ADDRESS, a.bytes.data(), a.size());
  ask(netlink, m, "add its address");
}

/// "198.18.0.1,02:68:63:00:00:01"
void add_neighbour(int netlink, unsigned index, const std::string& text) {
  const std::size_t comma = text.find(',');
  const Address a = address_in(text.substr(0, comma));
  std::array<unsigned char, 6> mac{};
  std::sscanf(text.c_str() + comma + 1, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
              &mac[4], &mac[5]);
  Message m(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  ndmsg head{};
  head.ndm_family = static_cast<unsigned char>(a.family);
  head.ndm_ifindex = static_cast<int>(index);
  head.ndm_state = NUD_PERMANENT;
  m.header(head);
  m.bytes(NDA_DST, a.bytes.data(), a.size());
  m.bytes(NDA_LLADDR, mac.data(), mac.size());
  ask(netlink, m, "add its neighbour");
}

/// Opens the UDP port for IPv4 and IPv6.
int open_end(unsigned port) {
  const int end = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 here{};
  here.sin6_family = AF_INET6;
  here.sin6_port = htons(static_cast<std::uint16_t>(port));
  if (end < 0 || bind(end, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0)
    fail("open its UDP port");
  return end;
}

/// Sends every datagram back. One that can't be sent is lost.
[[noreturn]] void answer_all(int end) {
  std::vector<char> datagram(65'536);
  for (;;) {
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const ssize_t got =
        recvfrom(end, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got >= 0)
      (void)sendto(end, datagram.data(), static_cast<std::size_t>(got), 0,
                   reinterpret_cast<const sockaddr*>(&from), size);
  }
}

}  // namespace

int main() {
  mkdir("/proc", 0555);
  if (mount("proc", "/proc", "proc", 0, nullptr) != 0) fail("mount /proc");
  be_quiet();
  load_modules();
  const unsigned index = wait_for_nic();
  const int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) fail("speak netlink");
  set_up(netlink, if_nametoindex("lo"));
  set_up(netlink, index);
  unsigned port = 9;  // RFC 863
  for (const std::string& word : words_of(read_all("/proc/cmdline"))) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (key == "end_port") port = static_cast<unsigned>(std::atoi(value.c_str()));
    if (key == "end_address") add_address(netlink, index, value);
    if (key == "end_neighbour") add_neighbour(netlink, index, value);
  }
  const int end = open_end(port);
  std::printf("hopcost: the guest answers\n");
  std::fflush(stdout);
  answer_all(end);
}
