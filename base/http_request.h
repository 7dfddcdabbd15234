// As much of HTTP/1.1 (RFC 9112) as a scrape needs. Pure; reads hostile input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hopcost {

/// What to do about the bytes received so far.
enum class HttpStep {
  kWait,      ///< The request is not complete.
  kMetrics,   ///< GET of / or /metrics.
  kHeadOnly,  ///< HEAD of the same.
  kNotFound,
  kNotAllowed,  ///< Another method.
  kBad,         ///< No HTTP/1.x, or longer than kLongestRequest.
};

inline constexpr std::size_t kLongestRequest = 4096;

/// What to do when `received` is all that has come so far. If the answer is not kWait, more bytes do not
/// change it.
[[nodiscard]] HttpStep next_step(std::string_view received) noexcept;

/// The whole answer, after which the connection is closed. `metrics` is the body for kMetrics; for kHeadOnly
/// only its length is used.
[[nodiscard]] std::string http_answer(HttpStep step, std::string_view metrics);

}  // namespace hopcost
