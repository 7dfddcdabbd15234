#include "analyzer/tap/bpf/bpf_program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <mutex>

#include "base/netns.h"
#include "socket_tap.bpf.skel.h"
#include "trace_tap.bpf.skel.h"

namespace hopcost::analyzer {
namespace {

/// Least slots a CPU: 16 ms at 1 Mpps, four times what passes between two readings; where memory is short
/// that at 64 kpps.
constexpr std::uint32_t kMinSlots = 16'384, kMinLeanSlots = 1024;

std::uint32_t slots_for(const TapOptions& options, unsigned cpus) {
  const std::size_t fit = options.ring_bytes / sizeof(hopcost_event) / cpus;
  return std::max(options.lean ? kMinLeanSlots : kMinSlots,
                  static_cast<std::uint32_t>(std::bit_floor(std::min<std::size_t>(fit, 1u << 24))));
}

/// libbpf talks to standard error; what matters comes as an errno.
void silence_libbpf() {
  static const auto once = libbpf_set_print(nullptr);
  (void)once;
}

/// x86 and s390: the CPU keeps stores in their order.
#if defined(__x86_64__) || defined(__i386__) || defined(__s390x__)
constexpr bool kStoresInOrder = true;
#else
constexpr bool kStoresInOrder = false;
#endif

/// One after the other: libbpf holds the kernel's types twice meanwhile, 11 MB.
int load_alone(bpf_object_skeleton* skeleton) {
  static std::mutex one;
  const std::lock_guard lock(one);
  return bpf_object__load_skeleton(skeleton);
}

/// Loads the programs that are switched on. `wanted` is one of the skeleton's.
template <class Skeleton>
Result<BpfProgram> load(std::shared_ptr<Skeleton> skeleton, bpf_program* wanted, bpf_program* helper,
                        const TapSpec& spec, const TapOptions& options, bool tai, bool direct) {
  const auto cpus = static_cast<unsigned>(libbpf_num_possible_cpus());
  const std::uint32_t slots = slots_for(options, cpus);
  skeleton->rodata->ring_slots = slots;
  skeleton->rodata->clock_is_tai = tai ? 1 : 0;
  skeleton->rodata->direct_reads = direct ? 1 : 0;
  skeleton->rodata->stores_in_order = kStoresInOrder ? 1 : 0;
  bpf_map__set_max_entries(skeleton->maps.events, slots * cpus);
  bpf_map__set_max_entries(skeleton->maps.rings, cpus);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) {
    bpf_program__set_autoload(program, program == wanted || program == helper);
  }
  if (const int err = load_alone(skeleton->skeleton); err != 0) {
    return errno_error(-err, fmt::format("tap {}: load its BPF program", spec.name),
                       err == -EPERM
                           ? "needs CAP_BPF and CAP_PERFMON in the first user namespace: run with sudo, or "
                             "choose kind af_packet"
                           : "choose kind af_packet");
  }
  auto rings =
      EventRings::map(bpf_map__fd(skeleton->maps.events), bpf_map__fd(skeleton->maps.rings), cpus, slots);
  if (!rings) return forward(rings);
  return BpfProgram{std::move(skeleton), wanted, helper, std::move(*rings)};
}

template <class Skeleton>
Result<std::shared_ptr<Skeleton>> open_skeleton() {
  silence_libbpf();
  std::shared_ptr<Skeleton> skeleton(Skeleton::open(), Skeleton::destroy);
  if (!skeleton) return errno_error(errno, "read the BPF programs of the taps");
  return skeleton;
}

/// Reading the packet by plain loads, where the kernel lets programs of this kind (Linux 6.2); else by
/// helpers. `attempt(direct)` opens and loads. What works is remembered in `refused`.
template <class F>
Result<BpfProgram> load_best(std::atomic<bool>& refused, F&& attempt) {
  if (!refused) {
    if (auto program = attempt(true)) return program;
  }
  auto program = attempt(false);
  if (program) refused = true;
  return program;
}

struct Tracepoint {
  const char* name;
  bpf_program* program;
};

Result<BpfProgram> load_traced(const TapSpec& spec, const TapOptions& options, bool tai, bool direct,
                               unsigned ifindex, std::uint32_t netns_inode) {
  auto opened = open_skeleton<trace_tap_bpf>();
  if (!opened) return forward(opened);
  auto& skeleton = *opened;
  const auto& p = skeleton->progs;
  const Tracepoint known[] = {{"netif_rx", p.netif_rx},
                              {"napi_gro_receive_entry", p.napi_gro_receive_entry},
                              {"netif_receive_skb", p.netif_receive_skb},
                              {"net_dev_queue", p.net_dev_queue},
                              {"net_dev_start_xmit", p.net_dev_start_xmit},
                              {"net_dev_xmit", p.net_dev_xmit}};
  const auto* const at = std::ranges::find(known, spec.tracepoint, &Tracepoint::name);
  if (at == std::end(known)) {
    std::vector<std::string_view> names;
    for (const auto& t : known) names.emplace_back(t.name);
    return error(Exit::kUsage,
                 fmt::format("tap {}: no program for tracepoint '{}'", spec.name, spec.tracepoint),
                 fmt::format("there are {}", fmt::join(names, ", ")));
  }
  skeleton->rodata->ifindex = ifindex;
  skeleton->rodata->netns_inode = netns_inode;
  bpf_program* const helper = at->program == p.net_dev_xmit ? p.remember_xmit : nullptr;
  return load(skeleton, at->program, helper, spec, options, tai, direct);
}

}  // namespace

Result<BpfProgram> load_socket_program(const TapSpec& spec, const TapOptions& options, bool tai) {
  static std::atomic<bool> refused = false;
  return load_best(refused, [&](bool direct) -> Result<BpfProgram> {
    auto skeleton = open_skeleton<socket_tap_bpf>();
    if (!skeleton) return forward(skeleton);
    const auto& programs = (*skeleton)->progs;
    bpf_program* const wanted = spec.hook == "tc"                   ? programs.tc_tap
                                : spec.hook == "xdp"                ? programs.xdp_tap
                                : spec.port != 0                    ? programs.udp_socket
                                : spec.direction == Direction::kOut ? programs.device_out
                                                                    : programs.device_in;
    return load(std::move(*skeleton), wanted, nullptr, spec, options, tai, direct);
  });
}

Result<BpfProgram> load_trace_program(const TapSpec& spec, const TapOptions& options, bool tai) {
  const auto index = interface_index(spec.device);
  if (!index) return std::unexpected(index.error());
  struct stat netns {};
  if (stat("/proc/thread-self/ns/net", &netns) != 0) return errno_error(errno, "name this network namespace");
  static std::atomic<bool> refused = false;
  return load_best(refused, [&](bool direct) -> Result<BpfProgram> {
    return load_traced(spec, options, tai, direct, *index, static_cast<std::uint32_t>(netns.st_ino));
  });
}

}  // namespace hopcost::analyzer
