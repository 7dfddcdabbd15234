#include "base/control.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/signals.h"

namespace hopcost {
namespace {

using nlohmann::json;

/// Deepest nesting of a request; what is nested deeper is dropped. The JSON library copies and prints values
/// by recursion, so a long line of brackets would crash the program.
constexpr int kDeepestNesting = 16;

/// A parent's line may hold a topology with thousands of routes; a longer one ends the channel.
constexpr std::size_t kLongestParentLine = 4 << 20;

constexpr std::uint64_t kLongestLease = 86'400;  // seconds

/// The line's object; for a line that is not one, a value that is not an object.
json parse_request(const std::string& line) {
  return json::parse(
      line, [](int depth, json::parse_event_t, const json&) { return depth <= kDeepestNesting; }, false);
}

/// Lines that the reading thread has read and the serving thread has not answered yet, and which of them
/// shall be cut short.
class Inbox {
 public:
  /// `stop` may be null.
  explicit Inbox(std::atomic<bool>* stop) : stop_(stop) {}

  void put(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back({std::move(line)});
    ready_.notify_one();
  }
  /// Cuts short all lines put in before, also those that wait or are being parsed.
  void cut_short() {
    const std::lock_guard lock(mutex_);
    for (auto& l : lines_) l.stopped = true;
    if (stop_ != nullptr) stop_->store(true);
  }
  void close() {
    cut_short();
    const std::lock_guard lock(mutex_);
    closed_ = true;
    ready_.notify_one();
  }
  /// The next line, which becomes the current one; nothing at the end.
  std::optional<std::string> take() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return closed_ || !lines_.empty(); });
    if (lines_.empty()) return std::nullopt;
    Line next = std::move(lines_.front());
    lines_.pop_front();
    if (stop_ != nullptr) stop_->store(next.stopped);
    return std::move(next.text);
  }

 private:
  struct Line {
    std::string text;
    bool stopped = false;
  };
  std::atomic<bool>* stop_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Line> lines_;
  bool closed_ = false;
};

bool is_stop(const std::string& line) {
  if (line.find("\"stop\"") == std::string::npos) return false;
  const json j = parse_request(line);
  return j.is_object() && j.value("op", json()) == json("stop");
}

/// Splits what comes in into lines until the end, a stop signal, `done`, or nothing for `lease_s`.
void read_lines(int fd, Inbox& inbox, const std::atomic<bool>& done,
                const std::atomic<std::uint64_t>& lease_s) {
  using Clock = std::chrono::steady_clock;
  std::string pending;
  char chunk[4096];
  auto heard = Clock::now();
  while (!done.load() && !stop_requested()) {
    const std::chrono::seconds lease(lease_s.load());
    if (lease.count() > 0 && Clock::now() - heard > lease) break;
    pollfd p{fd, POLLIN, 0};
    const int ready = ::poll(&p, 1, 50);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t n = ready < 0 ? -1 : ::read(fd, chunk, sizeof chunk);
    if (n <= 0) break;
    heard = Clock::now();
    pending.append(chunk, static_cast<std::size_t>(n));
    for (std::size_t end; (end = pending.find('\n')) != std::string::npos; pending.erase(0, end + 1)) {
      std::string line = pending.substr(0, end);
      if (is_stop(line)) {
        inbox.cut_short();
      } else if (!line.empty()) {
        inbox.put(std::move(line));
      }
    }
    if (pending.size() > kLongestParentLine) break;
  }
  inbox.close();
}

Result<void> write_line(int fd, const json& object) {
  const std::string line = control_line(object);
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = ::write(fd, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error(errno, "write to the control channel");
    done += static_cast<std::size_t>(n);
  }
  return {};
}

json failed(json id, const Error& e) {
  return {{"id", std::move(id)}, {"ok", false}, {"error", error_to_json(e)}};
}

}  // namespace

std::string control_line(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

json control_hello(const std::string& program) {
  return {
      {"hello", program}, {"protocol", kControlProtocol}, {"version", HOPCOST_VERSION}, {"pid", getpid()}};
}

json control_answer(const std::string& line, const std::map<std::string, ControlHandler>& handlers) {
  const json request = parse_request(line);
  if (!request.is_object())
    return failed(nullptr, {"the line is not a JSON object", 0, "see doc/control-protocol.md", Exit::kUsage});
  const json id = request.value("id", json());
  const std::string op = get_string_or(request, "op", "");
  if (op == "ping") return {{"id", id}, {"ok", true}, {"result", json::object()}};
  const auto handler = handlers.find(op);
  if (handler == handlers.end()) {
    return failed(id, {fmt::format("unknown op '{}'", op), 0, "see doc/control-protocol.md", Exit::kUsage});
  }
  try {
    auto result = handler->second(request);
    if (!result) return failed(id, result.error());
    return {{"id", id}, {"ok", true}, {"result", std::move(*result)}};
  } catch (const std::exception& e) {  // an exception from a library must not end the channel
    return failed(id, {fmt::format("{}: {}", op, e.what()), 0, "", Exit::kFailure});
  }
}

namespace {

/// The reading thread. It is stopped and joined however serve_control() ends.
class Reader {
 public:
  Reader(int fd, Inbox& inbox) : thread_([this, fd, &inbox] { read_lines(fd, inbox, done_, lease_s_); }) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    done_ = true;
    thread_.join();
  }
  void set_lease(std::uint64_t seconds) noexcept { lease_s_ = seconds; }

 private:
  std::atomic<bool> done_{false};
  std::atomic<std::uint64_t> lease_s_{0};
  std::thread thread_;
};

}  // namespace

Result<void> serve_control(const std::string& program, const std::map<std::string, ControlHandler>& handlers,
                           std::atomic<bool>* stop, int in_fd, int out_fd) {
  if (auto r = write_line(out_fd, control_hello(program)); !r) return r;
  Inbox inbox(stop);
  Reader reader(in_fd, inbox);
  auto all = handlers;
  all["session"] = [&](const json& request) -> Result<json> {
    reader.set_lease(std::min(get_uint_or(request, "lease_s", 0), kLongestLease));
    return json{{"nonce", get_string_or(request, "nonce", "")}};
  };
  while (auto line = inbox.take()) {
    if (stop_requested()) break;
    const json request = parse_request(*line);
    if (request.is_object() && get_string_or(request, "op", "") == "quit") break;
    if (auto r = write_line(out_fd, control_answer(*line, all)); !r) return r;
  }
  return {};
}

namespace {

std::unexpected<Error> expected(const char* key, const char* what) {
  return error(Exit::kUsage, fmt::format("member \"{}\": expected {}", key, what),
               "see doc/control-protocol.md");
}

const json* member(const json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

}  // namespace

Result<std::string> get_string(const json& object, const char* key) {
  const json* m = member(object, key);
  if (m == nullptr || !m->is_string()) return expected(key, "a string");
  return m->get<std::string>();
}

Result<std::uint64_t> get_uint(const json& object, const char* key) {
  const json* m = member(object, key);
  if (m == nullptr || !m->is_number_integer() || (!m->is_number_unsigned() && m->get<std::int64_t>() < 0)) {
    return expected(key, "a whole number, 0 or more");
  }
  return m->get<std::uint64_t>();
}

std::string get_string_or(const json& object, const char* key, std::string otherwise) {
  const json* m = member(object, key);
  return m != nullptr && m->is_string() ? m->get<std::string>() : std::move(otherwise);
}

std::uint64_t get_uint_or(const json& object, const char* key, std::uint64_t otherwise) {
  return get_uint(object, key).value_or(otherwise);
}

double get_number_or(const json& object, const char* key, double otherwise) {
  const json* m = member(object, key);
  return m != nullptr && m->is_number() ? m->get<double>() : otherwise;
}

bool get_bool_or(const json& object, const char* key, bool otherwise) {
  const json* m = member(object, key);
  return m != nullptr && m->is_boolean() ? m->get<bool>() : otherwise;
}

json error_to_json(const Error& e) {
  return {{"what", e.what}, {"hint", e.hint}, {"errno", e.err}, {"exit", static_cast<int>(e.code)}};
}

Error error_from_json(const json& j) {
  Error e;
  e.what = get_string_or(j, "what", "unnamed error");
  e.hint = get_string_or(j, "hint", "");
  e.err = static_cast<int>(get_uint_or(j, "errno", 0));
  const auto code = get_uint_or(j, "exit", 1);
  e.code = code <= static_cast<int>(Exit::kRefused) ? static_cast<Exit>(code) : Exit::kFailure;
  return e;
}

}  // namespace hopcost
