#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>

#include "stats/hdr_codec.h"
#include "stats/hdr_log.h"

namespace hopcost {
namespace {

constexpr double kYear = 365.0 * 24 * 3600;

// Takes what comes before the next comma off the line.
std::string_view next_field(std::string_view& line) {
  const std::size_t comma = line.find(',');
  const std::string_view field = line.substr(0, comma);
  line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  return field;
}

std::optional<double> leading_number(std::string_view text) {
  double value = 0.0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

class Parser {
 public:
  Result<void> line(std::string_view line) {
    if (line.starts_with('#')) return comment(line);
    if (line.empty() || line.starts_with('"')) return {};  // the legend
    return interval(line);
  }
  Hlog take() { return std::move(log_); }

 private:
  static Result<void> time_of(std::string_view line, std::string_view key, std::optional<double>& time) {
    if (!line.starts_with(key)) return {};
    line.remove_prefix(key.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    time = leading_number(line);
    if (!time) return error(Exit::kUsage, "\"" + std::string(key) + "\" without seconds since the epoch");
    return {};
  }

  Result<void> comment(std::string_view line) {
    if (auto ok = time_of(line, "#[BaseTime:", base_s_); !ok) return ok;
    return time_of(line, "#[StartTime:", log_.start_s);
  }

  Result<void> interval(std::string_view line) {
    HlogInterval interval;
    if (line.starts_with("Tag=")) {
      interval.tag = next_field(line).substr(4);
      if (interval.tag.empty()) return error(Exit::kUsage, "an empty tag");
    }
    const auto start = leading_number(next_field(line));
    const auto length = leading_number(next_field(line));
    next_field(line);  // Interval_Max: follows from the histogram
    if (!start || !length || line.empty())
      return error(Exit::kUsage, "not \"[Tag=TAG,]START,LENGTH,MAX,HISTOGRAM\"");
    auto histogram = decode_base64(line);
    if (!histogram) return forward(histogram);
    if (!base_s_) base_s_ = log_.start_s && *start < *log_.start_s - kYear ? *log_.start_s : 0.0;
    interval.start_s = *base_s_ + *start;
    interval.length_s = *length;
    interval.histogram = std::move(*histogram);
    log_.intervals.push_back(std::move(interval));
    return {};
  }

  Hlog log_;
  std::optional<double> base_s_;
};

}  // namespace

Result<Hlog> parse_hlog(std::string_view text, const std::string& name) {
  Parser parser;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto ok = parser.line(line); !ok) {
      Error fault = std::move(ok).error();
      fault.what = name + ":" + std::to_string(number) + ": " + fault.what;
      return std::unexpected(std::move(fault));
    }
  }
  return parser.take();
}

Result<Hlog> read_hlog(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file) return errno_error(errno, "read " + path.string());
  std::string text;
  char buffer[16384];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, file.get())) > 0;) text.append(buffer, n);
  if (std::ferror(file.get()) != 0) return errno_error(errno, "read " + path.string());
  return parse_hlog(text, path.string());
}

}  // namespace hopcost
