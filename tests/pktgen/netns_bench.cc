#include "tests/pktgen/netns_bench.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include "base/netns.h"
#include "base/privilege.h"
#include "pktgen/io/any_port.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

using std::chrono::steady_clock;

bool readable(int fd, steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
  pollfd p{.fd = fd, .events = POLLIN, .revents = 0};
  return left.count() > 0 && poll(&p, 1, static_cast<int>(left.count())) > 0;
}

/// Up to the end of the stream or the deadline; false when the latter came first.
bool drain(int fd, std::string& into, steady_clock::time_point deadline) {
  std::array<char, 65536> buffer;
  while (readable(fd, deadline)) {
    const ssize_t n = read(fd, buffer.data(), buffer.size());
    if (n <= 0) return true;
    into.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return false;
}

}  // namespace

int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool has_backend(const std::string& port) {
  for (const auto& b : list_backends())
    if (b.name == port.substr(0, port.find(':'))) return b.why_missing.empty();
  return false;
}

std::string port_on(const std::string& backend, const std::string& device, const std::string& netns) {
  return backend + (backend.starts_with("dpdk:") ? ",iface=" : ":") + device + "@" + netns;
}

NetnsPair::NetnsPair(int queues) {
  static int pairs = 0;  // a test may have several
  tx_ = fmt::format("t-pktgen-tx-{}-{}", getpid(), pairs);
  rx_ = fmt::format("t-pktgen-rx-{}-{}", getpid(), pairs++);
  constexpr int kCapSysAdmin = 21;
  if (!have_capability(kCapSysAdmin)) {
    why_not_ = "needs root to make network namespaces";
    return;
  }
  const char* script =
      "ip netns add {0} && ip netns add {1} && for n in {0} {1}; do ip netns exec $n sysctl -qw "
      "net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.all.disable_ipv6=1; done && "
      "ip link add t0 netns {0} numtxqueues {2} numrxqueues {2} type veth peer name d0 netns {1} numtxqueues "
      "{2} "
      "numrxqueues {2} && "
      "ip -n {0} link set t0 up && ip -n {1} link set d0 up && "
      // The kernel calls a device running a moment later, from a work queue.
      "for n in {0} {1}; do for i in $(seq 100); do "
      "ip -n $n -br link | grep -q '^[td]0@[^ ]*  *UP ' && break; sleep 0.01; done; done";
  const int failed = shell(fmt::format(fmt::runtime(script), tx_, rx_, queues));
  if (failed != 0) why_not_ = "network namespaces or veth can't be made here";
}

NetnsPair::~NetnsPair() {
  shell(fmt::format("ip netns del {} 2>/dev/null; ip netns del {} 2>/dev/null", tx_, rx_));
}

std::string NetnsPair::rx_mac() const {
  const auto links = nlohmann::json::parse(output_of(fmt::format("ip -n {} -j link show d0", rx_)));
  return links[0]["address"];
}

void NetnsPair::take_xdp_frames() const {
  shell(fmt::format("ip netns exec {} ethtool -K d0 gro on", rx_));
}

void NetnsPair::take_xdp_replies() const {
  shell(fmt::format("ip netns exec {} ethtool -K t0 gro on", tx_));
}

std::uint64_t counter(const std::string& netns, const std::string& device, const std::string& name) {
  const auto text =
      output_of(fmt::format("ip netns exec {} cat /sys/class/net/{}/statistics/{}", netns, device, name));
  return std::strtoull(text.c_str(), nullptr, 10);
}

void await_traffic(const NetnsPair& pair, std::uint64_t packets) {
  for (int i = 0; i < 200 && counter(pair.tx(), "t0", "tx_packets") < packets; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

Listener::Listener(const std::string& netns, const std::string& device) {
  const auto scope = NetnsScope::enter(netns);
  socket_ = Fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(interface_index(device).value_or(0));
  (void)bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int room = 64 << 20;
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
}

std::vector<std::vector<std::byte>> Listener::frames(std::size_t count, std::chrono::milliseconds quiet) {
  std::vector<std::vector<std::byte>> frames;
  std::vector<std::byte> buffer(65536);
  while (frames.size() < count && readable(socket_.get(), steady_clock::now() + quiet)) {
    const ssize_t n = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == ENETDOWN)
      continue;  // said once when the device goes down; what came before is there
    if (n <= 0) break;
    const std::span<const std::byte> frame(buffer.data(), static_cast<std::size_t>(n));
    if (find_probe(frame)) frames.emplace_back(frame.begin(), frame.end());
  }
  return frames;
}

Program::Program(const std::vector<std::string>& arguments) {
  const char* path = std::getenv("HOPCOST_PKTGEN");
  std::vector<std::string> words{path != nullptr ? path : "pktgen"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::array<std::array<int, 2>, 3> pipes;
  for (auto& p : pipes) (void)!pipe2(p.data(), O_CLOEXEC);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(pipes[0][0], 0);
    dup2(pipes[1][1], 1);
    dup2(pipes[2][1], 2);
    std::vector<char*> argv;
    for (auto& w : words) {
      argv.push_back(w.data());
      // 80 bytes of libxdp's that DPDK's driver does not give back are not ours to mend.
      if (w.starts_with("dpdk:net_af_xdp")) setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    }
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  in_ = Fd(pipes[0][1]);
  out_ = Fd(pipes[1][0]);
  err_ = Fd(pipes[2][0]);
  for (const int fd : {pipes[0][0], pipes[1][1], pipes[2][1]}) close(fd);
}

Program::~Program() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

Program::Ended Program::wait(std::chrono::seconds limit) {
  const auto deadline = steady_clock::now() + limit;
  in_.reset();
  Ended ended;
  ended.out = std::move(buffer_);
  if (!drain(out_.get(), ended.out, deadline)) kill(pid_, SIGKILL);
  drain(err_.get(), ended.err, deadline);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  ended.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

void Program::signal(int number) const {
  kill(pid_, number);
}

void Program::write_line(const std::string& line) {
  (void)!write(in_.get(), (line + "\n").data(), line.size() + 1);
}

std::string Program::read_line(std::chrono::seconds limit) {
  const auto deadline = steady_clock::now() + limit;
  std::size_t end;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    if (!readable(out_.get(), deadline)) return "";
    std::array<char, 65536> chunk;
    const ssize_t n = read(out_.get(), chunk.data(), chunk.size());
    if (n <= 0) return "";
    buffer_.append(chunk.data(), static_cast<std::size_t>(n));
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

Program::Ended pktgen_run(const std::vector<std::string>& arguments) {
  return Program(arguments).wait();
}

}  // namespace hopcost::pktgen
