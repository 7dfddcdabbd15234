// libpcap's own reading and writing of captures, for comparison. Header only.
#pragma once

#include <pcap/pcap.h>

#include <memory>
#include <string>
#include <vector>

#include "wire/pcap_reader.h"

namespace hopcost {

/// A packet as either reader gives it.
struct ReadPacket {
  std::string bytes;
  std::uint32_t wire_bytes = 0;
  std::uint64_t ns = 0;
  friend bool operator==(const ReadPacket&, const ReadPacket&) = default;
};

struct ReadFile {
  std::vector<ReadPacket> packets;
  std::string fault;  ///< Why it was not read to its end, or empty.
  int link_type = 0;  ///< Of the first interface: libpcap's DLT_, or our LINKTYPE_.
};

inline ReadFile read_with_libpcap(const std::string& path) {
  ReadFile file;
  char why[PCAP_ERRBUF_SIZE] = "";
  pcap_t* p = pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why);
  if (p == nullptr) return {.packets = {}, .fault = why};
  file.link_type = pcap_datalink(p);
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  int status;
  while ((status = pcap_next_ex(p, &header, &bytes)) == 1) {
    file.packets.push_back({{reinterpret_cast<const char*>(bytes), header->caplen},
                            header->len,
                            static_cast<std::uint64_t>(header->ts.tv_sec) * 1'000'000'000 +
                                static_cast<std::uint64_t>(header->ts.tv_usec)});
  }
  if (status == PCAP_ERROR) file.fault = pcap_geterr(p);
  pcap_close(p);
  return file;
}

inline ReadFile read_with_ours(const std::string& path) {
  auto reader = PcapReader::open(path);
  if (!reader) return {.packets = {}, .fault = reader.error().what};
  ReadFile file;
  PcapPacket p;
  PcapReader::Next next;
  while ((next = reader->next(p)) == PcapReader::Next::kPacket)
    file.packets.push_back(
        {{reinterpret_cast<const char*>(p.bytes.data()), p.bytes.size()}, p.wire_bytes, p.ns});
  if (next == PcapReader::Next::kError) file.fault = reader->error().what;
  if (reader->interface_count() != 0) file.link_type = reader->link_type_of(0);
  return file;
}

/// As tcpdump -w and its like do.
inline void write_with_libpcap(const std::string& path, int dlt, bool nano,
                               const std::vector<ReadPacket>& packets) {
  pcap_t* p = pcap_open_dead_with_tstamp_precision(
      dlt, 262144, nano ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO);
  pcap_dumper_t* dumper = pcap_dump_open(p, path.c_str());
  for (const auto& packet : packets) {
    pcap_pkthdr header{};
    header.ts.tv_sec = static_cast<time_t>(packet.ns / 1'000'000'000);
    header.ts.tv_usec = static_cast<suseconds_t>(packet.ns % 1'000'000'000 / (nano ? 1 : 1000));
    header.caplen = static_cast<bpf_u_int32>(packet.bytes.size());
    header.len = packet.wire_bytes;
    pcap_dump(reinterpret_cast<u_char*>(dumper), &header,
              reinterpret_cast<const u_char*>(packet.bytes.data()));
  }
  pcap_dump_close(dumper);
  pcap_close(p);
}

}  // namespace hopcost
