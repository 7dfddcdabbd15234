#include "analyzer/tap/bpf/kernel_trial.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>

#include "analyzer/tap/bpf/event.h"
#include "peek.bpf.skel.h"

namespace hopcost::analyzer {
namespace {

std::unexpected<Error> nothing_found(std::string_view what) {
  return error(Exit::kMissing, fmt::format("this kernel has no BTF, and {}", what),
               "choose a point without a tracepoint, or a kernel with CONFIG_DEBUG_INFO_BTF");
}

bpf_insn load_word(std::size_t offset) {
  return {.code = BPF_LDX | BPF_MEM | BPF_W,
          .dst_reg = 0,
          .src_reg = 1,
          .off = static_cast<std::int16_t>(offset),
          .imm = 0};
}

/// Finds offsets in sk_buff and net_device from how the kernel translates a program's reads of its context.
/// Each word becomes a load from the sk_buff; a word of its device takes two (net/core/filter.c,
/// bpf_convert_ctx_access()).
Result<KernelLayout> packet_layout() {
  const bpf_insn program[] = {
      load_word(offsetof(__sk_buff, len)),
      load_word(offsetof(__sk_buff, ifindex)),
      load_word(offsetof(__sk_buff, data)),
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  const Fd loaded(
      bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "trial", "GPL", program, std::size(program), nullptr));
  if (!loaded.valid()) return errno_error(errno, "load a BPF program on trial");
  bpf_insn translated[64] = {};
  bpf_prog_info info{};
  info.xlated_prog_insns = reinterpret_cast<std::uintptr_t>(translated);
  info.xlated_prog_len = sizeof translated;
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(loaded.get(), &info, &size) != 0)
    return errno_error(errno, "read a BPF program on trial");
  std::vector<std::uint32_t> offsets;
  for (std::size_t i = 0; i < std::min(info.xlated_prog_len / sizeof *translated, std::size(translated)); ++i)
    if (BPF_CLASS(translated[i].code) == BPF_LDX)
      offsets.push_back(static_cast<std::uint32_t>(translated[i].off));
  if (offsets.size() != 4) return nothing_found("translates programs in an unknown way");
  return KernelLayout{
      {"sk_buff.len", offsets[0]},
      {"sk_buff.data_len", offsets[0] + sizeof(std::uint32_t)},  // always declared side by side
      {"sk_buff.dev", offsets[1]},
      {"net_device.ifindex", offsets[2]},
      {"sk_buff.data", offsets[3]}};
}

/// The loopback device of the calling thread's namespace. Its packets pass a program that reads memory.
class Peeker {
 public:
  [[nodiscard]] static Result<Peeker> open(const KernelLayout& packet);
  /// Reads memory at `address`; 0 stands for the device of a packet. Nothing when it can't be read.
  [[nodiscard]] std::optional<hopcost_peek> read(std::uint64_t address);

 private:
  using Program = std::unique_ptr<peek_bpf, decltype(&peek_bpf::destroy)>;
  Peeker(Program program, Fd link, Fd socket)
      : program_(std::move(program)), link_(std::move(link)), socket_(std::move(socket)) {}
  Program program_;
  Fd link_, socket_;
};

Result<Peeker> Peeker::open(const KernelLayout& packet) {
  auto description = describe_layout(packet);
  if (!description) return forward(description);
  const std::string path = layout_path(*description);
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.btf_custom_path = path.c_str();
  Program program(peek_bpf::open(&options), peek_bpf::destroy);
  if (!program) return errno_error(errno, "read the BPF program of the trial");
  program->rodata->process = static_cast<std::uint32_t>(getpid());
  if (const int err = peek_bpf::load(program.get()); err != 0)
    return errno_error(-err, "load the BPF program of the trial");
  Fd link(bpf_raw_tracepoint_open("net_dev_queue", bpf_program__fd(program->progs.peek)));
  if (!link.valid()) return errno_error(errno, "attach the BPF program of the trial");
  Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP;
  if (!socket.valid() || ioctl(socket.get(), SIOCSIFFLAGS, &loopback) != 0)
    return errno_error(errno, "set a loopback up");
  return Peeker(std::move(program), std::move(link), std::move(socket));
}

std::optional<hopcost_peek> Peeker::read(std::uint64_t address) {
  constexpr std::uint16_t kDiscard = 9;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(kDiscard);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::uint32_t only = 0;
  const int map = bpf_map__fd(program_->maps.peeks);
  hopcost_peek peek{};
  peek.wanted = address;
  if (bpf_map_update_elem(map, &only, &peek, BPF_ANY) != 0) return std::nullopt;
  (void)sendto(socket_.get(), "", 1, 0, reinterpret_cast<const sockaddr*>(&to),
               sizeof to);  // when nothing is sent, peek.at stays 0
  if (bpf_map_lookup_elem(map, &only, &peek) != 0 || peek.at == 0) return std::nullopt;
  return peek;
}

struct NetPlace {
  std::uint32_t pointer = 0, inum = 0;  // in net_device, in net
  friend bool operator==(const NetPlace&, const NetPlace&) = default;
};

std::optional<std::uint32_t> find_word(const hopcost_peek& in, std::uint32_t word) {
  for (std::uint32_t at = 0; at + sizeof word <= sizeof in.bytes; at += sizeof word)
    if (std::memcmp(in.bytes + at, &word, sizeof word) == 0) return at;
  return std::nullopt;
}

/// Finds net_device's pointer to the structure that holds the namespace's inode number. If several pointers
/// lead into it, the lowest address is its beginning: struct net begins a cache line. Kernel addresses have
/// their highest bit set.
Result<NetPlace> find_net(const KernelLayout& packet) {
  constexpr std::uint64_t kCacheLine = 64;
  struct stat netns {};
  if (unshare(CLONE_NEWNET) != 0 || stat("/proc/thread-self/ns/net", &netns) != 0)
    return errno_error(errno, "make a network namespace for the trial");
  auto peeker = Peeker::open(packet);
  if (!peeker) return forward(peeker);
  const auto device = peeker->read(0);
  if (!device) return nothing_found("a packet's device can't be read");
  std::optional<NetPlace> best;
  std::uint64_t lowest = ~std::uint64_t{0};
  for (std::uint32_t at = 0; at + sizeof lowest <= sizeof device->bytes; at += sizeof lowest) {
    std::uint64_t pointer = 0;
    std::memcpy(&pointer, device->bytes + at, sizeof pointer);
    if (pointer >> 63 == 0 || pointer % kCacheLine != 0 || pointer >= lowest) continue;
    const auto there = peeker->read(pointer);
    const auto inum = there ? find_word(*there, static_cast<std::uint32_t>(netns.st_ino)) : std::nullopt;
    if (!inum) continue;
    lowest = pointer;
    best = {at, *inum};
  }
  if (!best) return nothing_found("a device's namespace was not found");
  return *best;
}

/// The same on a thread of its own, because find_net() moves it to a new namespace. The namespace ends with
/// it.
Result<NetPlace> find_net_apart(const KernelLayout& packet) {
  Result<NetPlace> found;
  std::jthread([&] { found = find_net(packet); }).join();
  return found;
}

}  // namespace

Result<KernelLayout> find_layout_by_trial() {
  auto layout = packet_layout();
  if (!layout) return layout;
  auto net = find_net_apart(*layout);
  if (!net) return forward(net);
  const auto again = find_net_apart(*layout);
  if (!again || *again != *net)
    return nothing_found("a device's namespace is not found in the same place twice");
  (*layout)["net_device.nd_net"] = net->pointer;
  (*layout)["net.inum"] = net->inum;
  return layout;
}

}  // namespace hopcost::analyzer
