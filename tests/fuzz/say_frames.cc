// `say_frames CAPTURE`: what our code says of a capture, as JSON lines, for versus_tshark.py and
// sample_captures.py.
// A line for each packet, then one with the number of packets and the fault that ended the reading.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "wire/dissect.h"
#include "wire/field.h"
#include "wire/find_probe.h"
#include "wire/packet_identity.h"
#include "wire/pcap_reader.h"

namespace {

using namespace hopcost;

std::string layer_text(std::span<const std::byte> frame, const PlacedLayer& layer) {
  const LayerFormat& format = format_of(layer.kind);
  std::string text = fmt::format(R"({{"kind":"{}","at":{})", format.name, layer.at);
  for (const FieldFormat& field : format.fields)
    text += fmt::format(R"(,"{}":"{}")", field.name, field_text(field, load_field(&frame[layer.at], field)));
  return text + "}";
}

std::string identity_text(std::span<const std::byte> frame, std::size_t wire_bytes) {
  const auto identity = identify_packet(frame, wire_bytes, IdentityOf::kFiveTuple);
  if (!identity) return "null";
  const FlowKey& flow = identity->flow;
  return fmt::format(R"(["{}","{}",{},{},{}])", to_string(flow.source), to_string(flow.destination),
                     flow.protocol, flow.source_port, flow.destination_port);
}

std::string hex_text(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte b : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(b));
  return text;
}

void say_frame(const PcapPacket& p) {
  std::vector<std::string> layers;
  const Dissected d = dissect(p.bytes);
  for (const PlacedLayer& layer : d.layers)
    if (!header_of_option(layer.kind)) layers.push_back(layer_text(p.bytes, layer));
  const auto probe = find_probe(p.bytes);
  (void)summary_line(p.bytes);
  (void)layer_lines(p.bytes);
  fmt::print(
      R"({{"link_type":{},"bytes":"{}","captured":{},"wire_bytes":{},"ns":{},"payload_at":{},"payload_bytes":{},"probe":{},"identity":{},"layers":[{}]}})"
      "\n",
      p.link_type, hex_text(p.bytes), p.bytes.size(), p.wire_bytes, p.ns, d.payload_at, d.payload_bytes,
      probe ? fmt::to_string(probe->offset) : "null", identity_text(p.bytes, p.wire_bytes),
      fmt::join(layers, ","));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto reader = PcapReader::open(argv[1]);
  std::size_t packets = 0;
  bool fault = !reader;
  PcapPacket p;
  auto next = PcapReader::Next::kEnd;
  for (; reader && (next = reader->next(p)) == PcapReader::Next::kPacket; ++packets) say_frame(p);
  if (next == PcapReader::Next::kError) fault = true;
  std::string why = !reader ? reader.error().what : fault ? reader->error().what : "";
  // Names of files hold what they like; a JSON text does not.
  for (char& c : why)
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '?';
  fmt::print("{{\"packets\":{},\"fault\":\"{}\"}}\n", packets, why);
  return 0;
}
