#include "wire/libpcap.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/units.h"

namespace hopcost::libpcap {

struct CloseHandle {
  void operator()(pcap_t* p) const noexcept { pcap_close(p); }
};
using OwnedHandle = std::unique_ptr<pcap_t, CloseHandle>;

/// Frees the instructions that libpcap made.
struct CompiledProgram {
  bpf_program program{};
  CompiledProgram() = default;
  CompiledProgram(const CompiledProgram&) = delete;
  ~CompiledProgram() { pcap_freecode(&program); }

  [[nodiscard]] bool compile(pcap_t* p, const std::string& expression) {
    return pcap_compile(p, &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
  }
};

namespace {

constexpr int kWholePacket = 262144;  // MAXIMUM_SNAPLEN

/// Files use the same numbers everywhere; libpcap's calls use this system's. Only a few of them differ.
constexpr std::array<std::pair<std::uint16_t, int>, 6> kNumbersThatDiffer = {{{100, DLT_ATM_RFC1483},
                                                                              {101, DLT_RAW},
                                                                              {102, DLT_SLIP_BSDOS},
                                                                              {103, DLT_PPP_BSDOS},
                                                                              {106, DLT_ATM_CLIP},
                                                                              {246, DLT_PFSYNC}}};

int dlt_of(std::uint16_t link_type) {
  const auto* at = std::ranges::find(kNumbersThatDiffer, link_type, [](const auto& p) { return p.first; });
  return at == kNumbersThatDiffer.end() ? link_type : at->second;
}

std::uint16_t link_type_of(int dlt) {
  const auto* at = std::ranges::find(kNumbersThatDiffer, dlt, [](const auto& p) { return p.second; });
  return at == kNumbersThatDiffer.end() ? static_cast<std::uint16_t>(dlt) : at->first;
}

std::string device_names() {
  pcap_if_t* all = nullptr;
  char why[PCAP_ERRBUF_SIZE];
  if (pcap_findalldevs(&all, why) != 0) return {};
  std::vector<std::string> names;
  for (const pcap_if_t* d = all; d != nullptr; d = d->next) names.emplace_back(d->name);
  pcap_freealldevs(all);
  return fmt::format("libpcap knows {}", fmt::join(names, ", "));
}

std::unexpected<Error> activation_fault(pcap_t* p, const std::string& device, int status) {
  const std::string why = pcap_geterr(p);
  const std::string what =
      fmt::format("open {} with libpcap: {}", device, why.empty() ? pcap_statustostr(status) : why);
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return error(Exit::kMissing, what, device_names());
    case PCAP_ERROR_PERM_DENIED:
      return error(Exit::kPrivilege, what, "run with sudo, or give the program CAP_NET_RAW");
    default:
      return error(Exit::kMissing, what);
  }
}

std::unexpected<Error> filter_fault(pcap_t* p, const std::string& expression) {
  return error(Exit::kUsage, fmt::format("--filter '{}': {}", expression, pcap_geterr(p)),
               "pcap-filter(7) describes the language");
}

Result<OwnedHandle> create(const std::string& device) {
  char why[PCAP_ERRBUF_SIZE] = "";
  OwnedHandle p(pcap_create(device.c_str(), why));
  if (p == nullptr) return error(Exit::kMissing, fmt::format("open {} with libpcap: {}", device, why));
  pcap_set_promisc(p.get(), 0);
  return p;
}

}  // namespace

std::string why_missing() {
  return {};
}

std::optional<std::string> link_type_name(std::uint16_t link_type) {
  const char* name = pcap_datalink_val_to_name(dlt_of(link_type));
  return name == nullptr ? std::nullopt : std::optional<std::string>(name);
}

struct Filter::Program : CompiledProgram {};

Filter::Filter(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

Result<Filter> Filter::compile(const std::string& expression, std::uint16_t link_type) {
  const OwnedHandle p(pcap_open_dead(dlt_of(link_type), kWholePacket));
  auto program = std::make_unique<Program>();
  if (!program->compile(p.get(), expression)) return filter_fault(p.get(), expression);
  return Filter(std::move(program));
}

bool Filter::matches(std::span<const std::byte> packet, std::uint32_t wire_bytes) const noexcept {
  pcap_pkthdr header{};
  header.caplen = static_cast<bpf_u_int32>(packet.size());
  header.len = wire_bytes;
  return pcap_offline_filter(&program_->program, &header, reinterpret_cast<const u_char*>(packet.data())) !=
         0;
}

Result<std::vector<Instruction>> compile_for_device(const std::string& expression,
                                                    const std::string& device) {
  auto p = create(device);
  if (!p) return forward(p);
  constexpr int kUnusedProtocol = 0xffff;  // reserved (RFC 1701): this socket receives nothing
  pcap_set_protocol_linux(p->get(), kUnusedProtocol);
  pcap_set_snaplen(p->get(), kWholePacket);
  pcap_set_buffer_size(p->get(), 1 << 20);
  if (const int status = pcap_activate(p->get()); status < 0)
    return activation_fault(p->get(), device, status);
  if (const int type = pcap_datalink(p->get()); type != DLT_EN10MB)
    return error(Exit::kUsage,
                 fmt::format("{} has no Ethernet frames but packets of link type {}", device,
                             link_type_name(link_type_of(type)).value_or(std::to_string(type))),
                 fmt::format("libpcap reads them: --tap NAME=libpcap:{}", device));
  CompiledProgram compiled;
  if (!compiled.compile(p->get(), expression)) return filter_fault(p->get(), expression);
  std::vector<Instruction> instructions;
  for (const bpf_insn& i : std::span(compiled.program.bf_insns, compiled.program.bf_len))
    instructions.push_back({i.code, i.jt, i.jf, i.k});
  return instructions;
}

struct Device::Handle {
  OwnedHandle pcap;
  std::uint16_t link_type = 0;
  std::uint64_t ns_of_fraction = 1;
  bool both_directions = false;
};

Device::Device(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;
Device::~Device() = default;

Result<Device> Device::open(const std::string& name, const Options& o) {
  auto p = create(name);
  if (!p) return forward(p);
  pcap_t* pcap = p->get();
  pcap_set_snaplen(pcap, o.snap_bytes != 0 ? static_cast<int>(o.snap_bytes) : kWholePacket);
  pcap_set_timeout(pcap, static_cast<int>(o.timeout_ms));
  pcap_set_buffer_size(pcap, static_cast<int>(std::min<std::size_t>(o.buffer_bytes, 1 << 30)));
  (void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);  // else as the device has them
  if (const int status = pcap_activate(pcap); status < 0) return activation_fault(pcap, name, status);
  auto handle = std::make_unique<Handle>();
  handle->link_type = link_type_of(pcap_datalink(pcap));
  handle->ns_of_fraction = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
  if (o.incoming)
    handle->both_directions = pcap_setdirection(pcap, *o.incoming ? PCAP_D_IN : PCAP_D_OUT) != 0;
  if (!o.filter.empty()) {
    CompiledProgram program;
    if (!program.compile(pcap, o.filter) || pcap_setfilter(pcap, &program.program) != 0)
      return filter_fault(pcap, o.filter);
  }
  char why[PCAP_ERRBUF_SIZE] = "";
  if (pcap_setnonblock(pcap, 1, why) != 0)
    return error(Exit::kMissing, fmt::format("read {} without waiting: {}", name, why));
  handle->pcap = std::move(*p);
  return Device(std::move(handle));
}

bool Device::next(PcapPacket& packet) noexcept {
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  if (pcap_next_ex(handle_->pcap.get(), &header, &bytes) != 1) return false;
  packet = {.bytes = {reinterpret_cast<const std::byte*>(bytes), header->caplen},
            .wire_bytes = header->len,
            .ns = static_cast<std::uint64_t>(header->ts.tv_sec) * kNsPerSecond +
                  static_cast<std::uint64_t>(header->ts.tv_usec) * handle_->ns_of_fraction,
            .interface = 0,
            .link_type = handle_->link_type};
  return true;
}

std::uint64_t Device::drops() const noexcept {
  pcap_stat stat{};
  return pcap_stats(handle_->pcap.get(), &stat) == 0 ? stat.ps_drop : 0;
}

std::uint16_t Device::link_type() const noexcept {
  return handle_->link_type;
}

bool Device::both_directions() const noexcept {
  return handle_->both_directions;
}

int Device::descriptor() const noexcept {
  return pcap_get_selectable_fd(handle_->pcap.get());
}

}  // namespace hopcost::libpcap
