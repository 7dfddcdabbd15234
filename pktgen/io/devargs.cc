#include "pktgen/io/devargs.h"

#include <net/if.h>

#include <filesystem>
#include <regex>
#include <system_error>

namespace hopcost::pktgen {

std::string pci_address(std::string_view text) {
  static const std::regex kForm("([0-9a-fA-F]{4}:)?([0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7])");
  std::cmatch m;
  if (!std::regex_match(text.data(), text.data() + text.size(), m, kForm)) return {};
  std::string address = (m[1].matched ? m[1].str() : "0000:") + m[2].str();
  for (char& c : address)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  return address;
}

std::vector<std::string> devargs_words(std::string_view devargs) {
  std::vector<std::string> words;
  while (!devargs.empty()) {
    const auto end = std::min(devargs.find_first_of(",=()"), devargs.size());
    if (end > 0) words.emplace_back(devargs.substr(0, end));
    devargs.remove_prefix(std::min(end + 1, devargs.size()));
  }
  return words;
}

std::string underlying_device(std::string_view devargs) {
  constexpr std::string_view kKey = ",iface=";
  if (!devargs.starts_with("net_af_") && !devargs.starts_with("net_pcap")) return {};
  const auto at = devargs.find(kKey);
  if (at == std::string_view::npos) return {};
  devargs.remove_prefix(at + kKey.size());
  return std::string(devargs.substr(0, devargs.find(',')));
}

std::vector<std::string> kernel_devices(const PortSpec& spec, const std::string& sysfs) {
  if (spec.backend == "pcap") return {};  // its "device" is a file
  if (spec.backend != "dpdk")
    return spec.device.empty() ? std::vector<std::string>{} : std::vector{spec.device};
  std::vector<std::string> devices;
  for (const auto& word : devargs_words(spec.device)) {
    if (if_nametoindex(word.c_str()) != 0) devices.push_back(word);
    const std::string pci = pci_address(word);
    if (pci.empty()) continue;
    std::error_code none;
    for (const auto& net :
         std::filesystem::directory_iterator(sysfs + "/bus/pci/devices/" + pci + "/net", none))
      devices.push_back(net.path().filename());
  }
  return devices;
}

}  // namespace hopcost::pktgen
