#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "stats/fixed_point.h"
#include "stats/hdr_codec.h"
#include "stats/hdr_log.h"

namespace hopcost {
namespace {

constexpr double kMaxUnit = 1e6;  // HistogramLogWriter's default unit of Interval_Max

std::string date_text(double epoch_s) {
  const auto seconds = static_cast<std::time_t>(epoch_s);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64] = "";
  std::strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &utc);
  return text;
}

}  // namespace

Result<HlogWriter> HlogWriter::create(const std::filesystem::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return errno_error(errno, "create " + path.string());
  return HlogWriter(path, file);
}

Result<HlogWriter> HlogWriter::create(const std::filesystem::path& path, double start_s) {
  auto writer = create(path);
  if (!writer) return writer;
  if (auto ok = writer->begin(start_s); !ok) return forward(ok);
  return writer;
}

Result<void> HlogWriter::begin(double start_s) {
  base_s_ = start_s;
  const std::string start = fixed_half_up(start_s, 3);
  return put(fmt::format(
      "#[Histogram log format version 1.3]\n"
      "#[StartTime: {} (seconds since epoch), {}]\n"
      "#[BaseTime: {} (seconds since epoch)]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
      start, date_text(start_s), start));
}

Result<void> HlogWriter::write(std::string_view tag, double start_s, double end_s,
                               const HdrHistogram& histogram) {
  if (tag.find_first_of(", \r\n") != std::string_view::npos)
    return error(Exit::kUsage, fmt::format("tag \"{}\" of {}", tag, path_.string()),
                 "a tag has no comma, blank or line break");
  return put(fmt::format("{}{},{},{},{}\n", tag.empty() ? "" : fmt::format("Tag={},", tag),
                         fixed_half_up(start_s - base_s_, 3), fixed_half_up(end_s - start_s, 3),
                         fixed_half_up(static_cast<double>(histogram.max()) / kMaxUnit, 3),
                         encode_base64(histogram)));
}

Result<void> HlogWriter::comment(std::string_view text) {
  std::string line = "#" + std::string(text) + "\n";
  std::replace_if(
      line.begin(), line.end() - 1, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return put(line);
}

Result<void> HlogWriter::put(const std::string& text) {
  if (!file_) return error(Exit::kFailure, "write to " + path_.string() + " after it was closed");
  const bool ok =
      std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() && std::fflush(file_.get()) == 0;
  if (!ok)
    return errno_error(errno, "write " + path_.string(),
                       errno == ENOSPC ? "make room on the disk and run again" : "");
  return {};
}

Result<void> HlogWriter::close() {
  if (!file_) return {};
  if (std::fclose(file_.release()) != 0) return errno_error(errno, "write " + path_.string());
  return {};
}

}  // namespace hopcost
