// Any bytes: identify_packet() reads nothing outside of them, and a packet that was cut is itself or nothing.
#include <cstdlib>
#include <vector>

#include "base/result.cc"  // one translation unit, all of it instrumented
#include "wire/address.cc"
#include "wire/packet_identity.cc"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using hopcost::IdentityOf;
  const auto frame = std::as_bytes(std::span(data, size));
  const auto whole = hopcost::identify_packet(frame, size, IdentityOf::kFiveTuple);
  (void)hopcost::identify_packet(frame, 2 * size, IdentityOf::kPayload);
  for (const std::size_t n : {size / 4, size / 2, size - size / 4, size - (size != 0)}) {
    // On the heap at its exact size, so that a byte read behind it is seen.
    const std::vector<std::byte> bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(n));
    const auto cut = hopcost::identify_packet(bytes, size, IdentityOf::kFiveTuple);
    if (cut && (!whole || cut->number != whole->number)) std::abort();
  }
  return 0;
}
