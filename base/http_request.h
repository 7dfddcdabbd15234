// As much of HTTP/1.1 (RFC 9112) as a scrape needs. Pure; reads hostile input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hopcost {

/// What is to be done about the bytes that came so far.
enum class HttpStep {
  kWait,      ///< The request is not complete.
  kMetrics,   ///< GET of / or /metrics.
  kHeadOnly,  ///< HEAD of the same.
  kNotFound,
  kNotAllowed,  ///< Another method.
  kBad,         ///< No HTTP/1.x, or longer than kLongestRequest.
};

inline constexpr std::size_t kLongestRequest = 4096;

/// What to do when `received` is all that has come of a request so far. Once the answer is not kWait, more
/// bytes never change it.
[[nodiscard]] HttpStep next_step(std::string_view received) noexcept;

/// The whole answer; the connection closes behind it. `metrics` is the body of kMetrics, and counted for
/// kHeadOnly.
[[nodiscard]] std::string http_answer(HttpStep step, std::string_view metrics);

}  // namespace hopcost
