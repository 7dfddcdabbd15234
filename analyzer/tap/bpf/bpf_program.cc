#include "analyzer/tap/bpf/bpf_program.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <span>
#include <string_view>

#include "analyzer/tap/bpf/kernel_facts.h"
#include "base/netns.h"
#include "socket_tap.bpf.skel.h"
#include "trace_tap.bpf.skel.h"

namespace hopcost::analyzer {
namespace {

/// Fewest slots of a CPU's ring: they hold 16 ms at 1 Mpps. When the user chose the memory or the ring's
/// size, the fewest hold 16 ms at 64 kpps.
constexpr std::uint32_t kMinSlots = 16'384, kMinLeanSlots = 1024;

std::uint32_t slots_for(const TapOptions& options, unsigned cpus) {
  const std::size_t fit =
      std::min<std::size_t>(options.ring_bytes / sizeof(hopcost_event) / cpus, options.most_events);
  return std::max(options.lean ? kMinLeanSlots : kMinSlots, static_cast<std::uint32_t>(std::bit_floor(fit)));
}

/// CPUs up to the last one that is online. Virtual machines list hundreds that may be plugged in later.
unsigned running_cpus(unsigned possible) {
  std::ifstream file("/sys/devices/system/cpu/online");  // "0-3,6"
  std::string list;
  file >> list;
  const auto at = list.find_last_of("-,");
  const std::string last = list.substr(at == std::string::npos ? 0 : at + 1);
  unsigned cpu = possible - 1;
  std::from_chars(last.data(), last.data() + last.size(), cpu);
  return std::min(cpu + 1, possible);
}

/// x86 and s390 keep stores in their order.
#if defined(__x86_64__) || defined(__i386__) || defined(__s390x__)
constexpr bool kStoresInOrder = true;
#else
constexpr bool kStoresInOrder = false;
#endif

/// A program's section is named after its tracepoint.
constexpr std::string_view kTraceSection = "trace/";
const char* tracepoint_of(const bpf_program* program) {
  return bpf_program__section_name(program) + kTraceSection.size();
}

/// Tells the kernel which tracepoint's arguments a program takes. libbpf would load all types of the kernel
/// for this, so that they would be held twice.
int prepare_trace(bpf_program* program, bpf_prog_load_opts* options, long) {
  if (options->expected_attach_type != BPF_TRACE_RAW_TP) return 0;
  options->attach_btf_id = KernelFacts::here().arguments_of(tracepoint_of(program));
  return bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
}

/// Silences libbpf, which writes to standard error. What matters comes as an errno.
void prepare_libbpf() {
  static const int once = [] {
    libbpf_set_print(nullptr);
    libbpf_prog_handler_opts options{};
    options.sz = sizeof options;
    options.prog_prepare_load_fn = prepare_trace;
    return libbpf_register_prog_handler("trace+", BPF_PROG_TYPE_RAW_TRACEPOINT, bpf_attach_type{}, &options);
  }();
  (void)once;
}

/// How a program reads the packet's bytes and the kernel's structures; the cheapest way first.
enum class Reading : std::uint8_t {
  kPages,   ///< As kDirect; at a tracepoint a dynptr also reaches bytes in the packet's pages (Linux 6.11).
  kDirect,  ///< Plain loads (Linux 6.2).
  kHelper,  ///< Helpers for the packet's bytes, plain loads for structures.
  kRaw,     ///< Helpers for everything: a tracepoint without typed arguments.
};
using Readings = std::span<const Reading>;
constexpr Reading kSocketReadings[] = {Reading::kDirect, Reading::kHelper};
constexpr Reading kTraceReadings[] = {Reading::kPages, Reading::kDirect, Reading::kHelper, Reading::kRaw};

/// What all of a tap's programs have in common.
struct Wish {
  const TapSpec& spec;
  const TapOptions& options;
  bool tai;
  Reading reading;
};

/// Loads `wanted` and, unless null, `helper`. Both belong to the skeleton.
template <class Skeleton>
Result<BpfProgram> load(std::shared_ptr<Skeleton> skeleton, bpf_program* wanted, bpf_program* helper,
                        const Wish& wish) {
  const auto possible = static_cast<unsigned>(libbpf_num_possible_cpus());
  const unsigned cpus = std::min(running_cpus(possible), wish.options.most_cpus);
  const std::uint32_t slots = slots_for(wish.options, cpus);
  skeleton->rodata->ring_slots = slots;
  skeleton->rodata->clock_is_tai = wish.tai ? 1 : 0;
  const bool direct = wish.reading == Reading::kPages || wish.reading == Reading::kDirect;
  skeleton->rodata->direct_reads = direct ? 1 : 0;
  skeleton->rodata->stores_in_order = kStoresInOrder ? 1 : 0;
  bpf_map__set_max_entries(skeleton->maps.events, slots * cpus);
  bpf_map__set_max_entries(skeleton->maps.rings, possible);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) {
    const bool used = program == wanted || program == helper;
    bpf_program__set_autoload(program, used);
    if (used && direct) KernelFacts::here().fill_in(program);
  }
  if (const int err = bpf_object__load_skeleton(skeleton->skeleton); err != 0) {
    return errno_error(-err, fmt::format("tap {}: load its BPF program", wish.spec.name),
                       err == -EPERM
                           ? "needs CAP_BPF and CAP_PERFMON in the first user namespace: run with sudo, or "
                             "choose kind af_packet"
                           : "choose kind af_packet");
  }
  auto rings = EventRings::map(bpf_map__fd(skeleton->maps.events), bpf_map__fd(skeleton->maps.rings),
                               {.cpus = cpus, .possible = possible, .slots = slots});
  if (!rings) return forward(rings);
  return BpfProgram{std::move(skeleton), wanted, helper, std::move(*rings)};
}

template <class Skeleton>
Result<std::shared_ptr<Skeleton>> open_skeleton() {
  const std::string layout = KernelFacts::here().description();
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.btf_custom_path = layout.c_str();
  std::shared_ptr<Skeleton> skeleton(Skeleton::open(&options), Skeleton::destroy);
  if (!skeleton) return errno_error(errno, "read the BPF programs of the taps");
  return skeleton;
}

/// Tries the readings from index `first` on until this kernel takes one, and sets `first` to its index.
/// `attempt(reading)` opens and loads the programs.
template <class F>
Result<BpfProgram> load_first(Readings readings, std::atomic<std::size_t>& first, F&& attempt) {
  std::size_t i = first;
  for (;; ++i) {
    auto program = attempt(readings[i]);
    if (program) first = i;
    if (program || i + 1 == readings.size()) return program;
  }
}

Result<BpfProgram> load_traced(const Wish& wish, unsigned ifindex, std::uint32_t netns_inode) {
  const TapSpec& spec = wish.spec;
  auto opened = open_skeleton<trace_tap_bpf>();
  if (!opened) return forward(opened);
  auto& skeleton = *opened;
  bpf_program* const at = bpf_object__find_program_by_name(skeleton->obj, spec.tracepoint.c_str());
  skeleton->rodata->ifindex = ifindex;
  skeleton->rodata->netns_inode = netns_inode;
  bpf_program* const helper = at == skeleton->progs.net_dev_xmit ? skeleton->progs.remember_xmit : nullptr;
  const bool typed = wish.reading != Reading::kRaw;
  skeleton->rodata->arguments_typed = typed ? 1 : 0;
  skeleton->rodata->has_dynptr = wish.reading == Reading::kPages ? 1 : 0;
  if (typed) {
    for (bpf_program* program : {helper, at})
      if (program != nullptr) bpf_program__set_expected_attach_type(program, BPF_TRACE_RAW_TP);
  }
  return load(skeleton, at, helper, wish);
}

/// `frags`: the program takes packets in several buffers. A device whose MTU is above a page needs this.
Result<BpfProgram> load_xdp_program(const Wish& wish, bool frags) {
  auto skeleton = open_skeleton<socket_tap_bpf>();
  if (!skeleton) return forward(skeleton);
  bpf_program* const wanted = (*skeleton)->progs.xdp_tap;
  (*skeleton)->rodata->has_frags = frags ? 1 : 0;
  constexpr std::uint32_t kHasFrags = 1u << 5;  // BPF_F_XDP_HAS_FRAGS (linux/bpf.h, Linux 5.18)
  if (frags) bpf_program__set_flags(wanted, kHasFrags);
  return load(std::move(*skeleton), wanted, nullptr, wish);
}

}  // namespace

Result<BpfProgram> load_socket_program(const TapSpec& spec, const TapOptions& options, bool tai) {
  prepare_libbpf();
  if (spec.hook == "xdp") {
    const Wish wish{spec, options, tai, Reading::kHelper};
    auto program = load_xdp_program(wish, true);
    if (!program) program = load_xdp_program(wish, false);
    return program;
  }
  static std::atomic<std::size_t> first = KernelFacts::here().direct_reads() ? 0 : 1;
  return load_first(kSocketReadings, first, [&](Reading reading) -> Result<BpfProgram> {
    auto skeleton = open_skeleton<socket_tap_bpf>();
    if (!skeleton) return forward(skeleton);
    const auto& programs = (*skeleton)->progs;
    bpf_program* const wanted = spec.hook == "tc"                   ? programs.tc_tap
                                : spec.port != 0                    ? programs.udp_socket
                                : spec.direction == Direction::kOut ? programs.device_out
                                                                    : programs.device_in;
    return load(std::move(*skeleton), wanted, nullptr, {spec, options, tai, reading});
  });
}

Result<BpfProgram> load_trace_program(const TapSpec& spec, const TapOptions& options, bool tai) {
  if (std::ranges::find(kTracepoints, spec.tracepoint) == std::end(kTracepoints))
    return error(Exit::kUsage,
                 fmt::format("tap {}: no program for tracepoint '{}'", spec.name, spec.tracepoint),
                 fmt::format("there are {}", fmt::join(kTracepoints, ", ")));
  const auto index = interface_index(spec.device);
  if (!index) return std::unexpected(index.error());
  struct stat netns {};
  if (stat("/proc/thread-self/ns/net", &netns) != 0) return errno_error(errno, "name this network namespace");
  prepare_libbpf();
  const auto& facts = KernelFacts::here();
  if (!facts.layout()) return std::unexpected(facts.layout().error());
  static std::atomic<std::size_t> usual = !facts.direct_reads() ? 2 : facts.has_dynptr() ? 0 : 1;
  std::atomic<std::size_t> raw = std::size(kTraceReadings) - 1;
  const bool untyped = options.old_kernel || facts.arguments_of(spec.tracepoint) == 0;
  return load_first(kTraceReadings, untyped ? raw : usual, [&](Reading reading) {
    return load_traced({spec, options, tai, reading}, *index, static_cast<std::uint32_t>(netns.st_ino));
  });
}

Result<Fd> attach_to_tracepoint(const bpf_program* program) {
  const bool typed = bpf_program__type(program) == BPF_PROG_TYPE_TRACING;
  const char* const tracepoint = tracepoint_of(program);
  Fd link(bpf_raw_tracepoint_open(typed ? nullptr : tracepoint, bpf_program__fd(program)));
  if (!link.valid()) return errno_error(errno, fmt::format("attach to tracepoint {}", tracepoint));
  return link;
}

}  // namespace hopcost::analyzer
