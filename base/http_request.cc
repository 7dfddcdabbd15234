#include "base/http_request.h"

#include <fmt/format.h>

#include "base/openmetrics.h"

namespace hopcost {

HttpStep next_step(std::string_view received) noexcept {
  const auto end = received.find("\r\n\r\n");
  if (end == std::string_view::npos)
    return received.size() >= kLongestRequest ? HttpStep::kBad : HttpStep::kWait;
  const auto line = received.substr(0, received.find("\r\n"));
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last == first || !line.substr(last + 1).starts_with("HTTP/1."))
    return HttpStep::kBad;
  const auto method = line.substr(0, first);
  auto target = line.substr(first + 1, last - first - 1);
  target = target.substr(0, target.find('?'));
  if (method != "GET" && method != "HEAD") return HttpStep::kNotAllowed;
  if (target != "/" && target != "/metrics") return HttpStep::kNotFound;
  return method == "GET" ? HttpStep::kMetrics : HttpStep::kHeadOnly;
}

std::string http_answer(HttpStep step, std::string_view metrics) {
  const bool found = step == HttpStep::kMetrics || step == HttpStep::kHeadOnly;
  const char* status = step == HttpStep::kNotFound     ? "404 Not Found"
                       : step == HttpStep::kNotAllowed ? "405 Method Not Allowed"
                       : found                         ? "200 OK"
                                                       : "400 Bad Request";
  std::string answer =
      fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n", status,
                  found ? kOpenMetricsType : "text/plain", found ? metrics.size() : 0);
  if (step == HttpStep::kNotAllowed) answer += "Allow: GET, HEAD\r\n";
  answer += "\r\n";
  if (step == HttpStep::kMetrics) answer += metrics;
  return answer;
}

}  // namespace hopcost
