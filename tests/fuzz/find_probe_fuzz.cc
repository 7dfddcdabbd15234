// Any bytes: find_probe() reads nothing outside of them, and finds what the slow one does.
#include <cstdlib>

#include "tests/fuzz/slow_find_probe.h"
#include "wire/find_probe.cc"  // one translation unit, all of it instrumented

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const hopcost::fuzz::Frame frame(data, data + size);
  const auto found = hopcost::find_probe(std::as_bytes(std::span(data, size)));
  const auto slow = hopcost::fuzz::slow_find_probe(frame);
  if (found.has_value() != slow.has_value()) std::abort();
  if (!found) return 0;
  const hopcost::Probe& p = found->probe;
  if (found->offset != slow->offset || p.flow != slow->flow || p.sequence != slow->sequence ||
      p.tx_ns != slow->tx_ns)
    std::abort();
  return 0;
}
