// Any bytes: find_probe() reads nothing outside of them, and finds what the slow one does. What a reflector
// turns around is a reflected probe afterwards, of the same flow and number, at the same place.
#include <cstdlib>
#include <cstring>

#include "tests/fuzz/slow_find_probe.h"
#include "wire/find_probe.cc"  // one translation unit, all of it instrumented
#include "wire/turn_around.cc"

namespace {

void turn(std::vector<std::uint8_t> frame, const hopcost::FoundProbe& before) {
  hopcost::MacAddress own;
  if (frame.size() < 14) return;
  std::memcpy(own.bytes.data(), frame.data(), own.bytes.size());
  const auto bytes = std::as_writable_bytes(std::span(frame));
  hopcost::Turnable where;
  if (hopcost::look_at(bytes, own, where) != hopcost::TurnVerdict::kTurn) return;
  hopcost::swap_ends(bytes.data(), where);
  hopcost::write_residence(bytes.data(), where, before.probe.tx_ns >> 20);
  const auto after = hopcost::find_probe(bytes);
  if (!after || !after->probe.reflected || after->offset != before.offset ||
      after->probe.flow != before.probe.flow || after->probe.sequence != before.probe.sequence)
    std::abort();
  if (hopcost::look_at(bytes, own, where) != hopcost::TurnVerdict::kReflected) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const hopcost::fuzz::Frame frame(data, data + size);
  const auto found = hopcost::find_probe(std::as_bytes(std::span(data, size)));
  const auto slow = hopcost::fuzz::slow_find_probe(frame);
  if (found.has_value() != slow.has_value()) std::abort();
  if (!found) return 0;
  const hopcost::Probe& p = found->probe;
  if (found->offset != slow->offset || p.flow != slow->flow || p.sequence != slow->sequence ||
      p.tx_ns != slow->tx_ns || p.residence_ns != slow->residence_ns)
    std::abort();
  turn(frame, *found);
  return 0;
}
