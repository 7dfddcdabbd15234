// Takes the place of libpcap.cc in a build without libpcap.
#include "wire/libpcap.h"

namespace hopcost::libpcap {
namespace {

std::unexpected<Error> missing(const char* what) {
  return error(Exit::kMissing, std::string(what) + " needs libpcap, which this build does not have",
               HOPCOST_WITHOUT_LIBPCAP);
}

}  // namespace

std::string why_missing() {
  return HOPCOST_WITHOUT_LIBPCAP;
}

std::optional<std::string> link_type_name(std::uint16_t) {
  return std::nullopt;
}

struct Filter::Program {};

Filter::Filter(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

Result<Filter> Filter::compile(const std::string&, std::uint16_t) {
  return missing("--filter");
}

bool Filter::matches(std::span<const std::byte>, std::uint32_t) const noexcept {
  return false;
}

Result<std::vector<Instruction>> compile_for_device(const std::string&, const std::string&) {
  return missing("--filter");
}

struct Device::Handle {};

Device::Device(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;
Device::~Device() = default;

Result<Device> Device::open(const std::string&, const Options&) {
  return missing("a tap of kind libpcap");
}

bool Device::next(PcapPacket&) noexcept {
  return false;
}

std::uint64_t Device::drops() const noexcept {
  return 0;
}

std::uint16_t Device::link_type() const noexcept {
  return 0;
}

bool Device::both_directions() const noexcept {
  return false;
}

int Device::descriptor() const noexcept {
  return -1;
}

}  // namespace hopcost::libpcap
