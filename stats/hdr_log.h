// The interval log `.hlog`, HdrHistogram's histogram log format 1.3: text, one histogram a line, read by the
// reference tools and plotters. One owner thread. Includes base/, the histogram and its codec.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "stats/hdr_histogram.h"

namespace hopcost {

/// Writes one log. Owns the file. What is written stays readable if the program dies between two calls.
class HlogWriter {
 public:
  /// Creates or empties the file. begin() must be called before anything else is written. Errors: the
  /// system's, naming the file.
  [[nodiscard]] static Result<HlogWriter> create(const std::filesystem::path& path);
  /// The same, followed by begin().
  [[nodiscard]] static Result<HlogWriter> create(const std::filesystem::path& path, double start_s);

  /// Writes the header: version, start time, base time (the same) and legend. `start_s` in seconds since the
  /// epoch. Once.
  [[nodiscard]] Result<void> begin(double start_s);

  /// One line, flushed. Times in seconds since the epoch, written to the millisecond; an empty tag is none.
  /// The line's Interval_Max is in millions of the histogram's unit (ms for ns), as the reference has it.
  /// Errors: kUsage for a tag with a comma, blank or line break; the system's (a full disk), naming the file.
  [[nodiscard]] Result<void> write(std::string_view tag, double start_s, double end_s,
                                   const HdrHistogram& histogram);

  /// A comment line. Line breaks in it become blanks.
  [[nodiscard]] Result<void> comment(std::string_view text);

  /// Closes the file. Errors: the system's, also those of earlier writes that it reports only now.
  [[nodiscard]] Result<void> close();

 private:
  struct CloseFile {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };
  HlogWriter(std::filesystem::path path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  [[nodiscard]] Result<void> put(const std::string& text);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  double base_s_ = 0;
};

/// One line of a log.
struct HlogInterval {
  std::string tag;       ///< Empty without one.
  double start_s = 0.0;  ///< Seconds since the epoch (since the log's start, when it states neither time).
  double length_s = 0.0;
  HdrHistogram histogram;
};

/// A whole log, its lines in the file's order.
struct Hlog {
  std::optional<double> start_s;  ///< The log's start, seconds since the epoch.
  std::vector<HlogInterval> intervals;
};

/// Reads a log of version 1.0 to 1.3, of any writer. Timestamps are taken as relative to the base time;
/// without one, to the start time if they are more than a year before it. Errors: the system's; kUsage
/// "NAME:LINE: ..." for a line that is not as it should be.
[[nodiscard]] Result<Hlog> read_hlog(const std::filesystem::path& path);
/// The same from text; `name` stands for the file in errors.
[[nodiscard]] Result<Hlog> parse_hlog(std::string_view text, const std::string& name);

}  // namespace hopcost
