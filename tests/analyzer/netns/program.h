// Runs the analyzer as a program, as a person or a script would.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace hopcost::analyzer {

/// The program under test.
[[nodiscard]] std::string analyzer_path();

class Program {
 public:
  struct Options {
    bool without_capabilities = false;
    std::string stdout_to;  ///< A file, or empty: kept for output().
    std::string tiny_disk;  ///< A folder that is a disk of 4 KiB for the program alone, or empty.
  };
  /// Starts `analyzer ARGUMENTS`.
  Program(const std::vector<std::string>& arguments, Options options);
  explicit Program(const std::vector<std::string>& arguments) : Program(arguments, Options()) {}
  ~Program();
  Program(const Program&) = delete;

  /// Waits until standard error says so, at most 5 s. True when it did.
  bool wait_for_message(const std::string& text);
  void signal(int number) const;
  /// Waits for its end, at most 10 s: then it is killed and the exit code is -1.
  int wait();
  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::string messages() const;

 private:
  std::string folder_;
  pid_t pid_ = -1;
};

}  // namespace hopcost::analyzer
