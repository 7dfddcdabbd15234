// Any frame: its layers follow each other within it, and the texts made of it read nothing outside.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/result.cc"  // one translation unit, all of it instrumented
#include "wire/address.cc"
#include "wire/checksum.cc"
#include "wire/dissect.cc"
#include "wire/field.cc"
#include "wire/find_probe.cc"
#include "wire/frame_encoder.cc"
#include "wire/layer_format.cc"
#include "wire/summary_line.cc"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hopcost;
  const std::vector<std::byte> copy(reinterpret_cast<const std::byte*>(data),
                                    reinterpret_cast<const std::byte*>(data) + size);
  const std::span frame(copy);
  const Dissected d = dissect(frame);
  std::size_t at = 0, options_end = 0;  // where the next header begins, and the last one's options end
  for (const PlacedLayer& l : d.layers) {
    if (header_of_option(l.kind)) {
      require(l.at < options_end && l.bytes <= options_end - l.at);
      continue;
    }
    require(l.at == at && l.bytes >= format_of(l.kind).bytes);
    options_end = at += l.bytes;
  }
  require(d.layers.empty() || (at == d.payload_at && d.payload_bytes <= size - at));
  const std::string lines = layer_lines(frame);
  require(static_cast<std::size_t>(std::ranges::count(lines, '\n')) == d.layers.size() + 1);
  const std::string line = summary_line(frame);
  require(!line.empty() && line.find('\n') == std::string::npos);
  // Both texts tell of the same probe.
  require((line.find(" flow=") != std::string::npos) == (lines.find(", probe flow=") != std::string::npos));
  return 0;
}
