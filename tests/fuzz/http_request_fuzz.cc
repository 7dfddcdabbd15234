// Any bytes from a scraper, in any pieces: a decision once made does not change by what follows, and none is
// put off beyond the longest request.
#include <cstdint>
#include <cstdlib>

#include "base/http_request.cc"  // one translation unit, all of it instrumented

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hopcost;
  const std::string_view all(reinterpret_cast<const char*>(data), std::min(size, kLongestRequest));
  HttpStep decided = HttpStep::kWait;
  for (std::size_t n = 0; n <= all.size(); n += n < 64 ? 1 : 61) {
    const HttpStep step = next_step(all.substr(0, n));
    if (decided != HttpStep::kWait && step != decided) std::abort();
    decided = step;
  }
  const HttpStep last = next_step(all);
  if (all.size() == kLongestRequest && last == HttpStep::kWait) std::abort();
  if (!http_answer(last, "x").starts_with("HTTP/1.1 ")) std::abort();
  return 0;
}
