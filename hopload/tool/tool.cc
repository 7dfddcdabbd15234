#include "hopload/tool/tool.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/control.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kListenWithin = 5s;
constexpr auto kLateBy = 10s;  // after the quantum: a tool that has not ended by then hangs

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
}

std::string name_of(const ToolSpec& spec) {
  return spec.command.front();
}

std::string end_of(int code) {
  if (code > 128) return fmt::format("was ended by signal {}", code - 128);
  return fmt::format("ended with status {}", code);
}

}  // namespace

Result<ToolSpec> read_tool_spec(const json& request) {
  ToolSpec spec;
  const auto command = request.find("command");
  if (command == request.end() || !command->is_array() || command->empty())
    return error(Exit::kUsage, "member \"command\": expected a list of words", "see doc/control-protocol.md");
  for (const json& word : *command) {
    if (!word.is_string()) return error(Exit::kUsage, "member \"command\": expected a list of words");
    spec.command.push_back(word.get<std::string>());
  }
  for (auto [key, into] : {std::pair{"port", &spec.port}, {"data_port", &spec.data_port}}) {
    const std::uint64_t port = get_uint_or(request, key, 0);
    if (port > 65'535) return error(Exit::kUsage, fmt::format("{} is no port", port));
    *into = static_cast<std::uint16_t>(port);
  }
  spec.netns = get_string_or(request, "netns", "");
  spec.address = get_string_or(request, "address", "");
  if (auto cpu = get_uint(request, "cpu")) spec.cpu = static_cast<int>(*cpu);
  if (auto found = find_tool(spec.command); !found) return forward(found);
  return spec;
}

std::vector<std::string> filled_in(const ToolSpec& spec, double seconds) {
  std::vector<std::string> command = spec.command;
  const bool v6 = spec.address.find(':') != std::string::npos;
  const std::string host = v6 ? fmt::format("[{}]", spec.address) : spec.address;
  for (std::string& word : command) {
    replace_all(word, "{address}", spec.address);
    replace_all(word, "{host}", host);
    replace_all(word, "{port}", std::to_string(spec.port));
    replace_all(word, "{data_port}", std::to_string(spec.data_port));
    replace_all(word, "{seconds}", fmt::format("{}", seconds));
  }
  return command;
}

Result<std::unique_ptr<Side>> ToolServer::open(const ToolSpec& spec) {
  auto process = Process::start(filled_in(spec, 0), spec.netns, spec.cpu);
  if (!process) return forward(process);
  for (const auto end = std::chrono::steady_clock::now() + kListenWithin;
       !listens(process->pid(), spec.port);) {
    if (const auto over = process->wait(2ms))
      return error(Exit::kFailure, fmt::format("the server {} {}: {}", name_of(spec), end_of(over->code),
                                               process->last_words()));
    if (std::chrono::steady_clock::now() > end)
      return error(Exit::kFailure,
                   fmt::format("the server {} does not listen at port {}", name_of(spec), spec.port),
                   process->last_words());
  }
  return std::unique_ptr<Side>(new ToolServer(std::move(*process)));
}

json ToolServer::describe() const {
  return json::object();
}

Result<json> ToolServer::run(std::chrono::nanoseconds) {
  return error(Exit::kUsage, "a server answers and runs nothing itself");
}

Result<void> ToolServer::check() {
  if (const auto over = process_.wait(0ms))
    return error(Exit::kFailure, fmt::format("the server {}: {}", end_of(over->code), process_.last_words()));
  return {};
}

json ToolClient::describe() const {
  return {{"figures", describe_figures(figures_)}};
}

Result<json> ToolClient::run(std::chrono::nanoseconds length) {
  const double seconds = std::chrono::duration<double>(length).count();
  auto process = Process::start(filled_in(spec_, seconds), spec_.netns, spec_.cpu);
  if (!process) return forward(process);
  const auto over = process->wait(std::chrono::duration_cast<std::chrono::milliseconds>(length + kLateBy));
  if (!over)
    return error(Exit::kFailure, fmt::format("{} has not ended 10 s after its time", name_of(spec_)));
  if (over->code != 0)
    return error(Exit::kFailure,
                 fmt::format("{} {}: {}", name_of(spec_), end_of(over->code), process->last_words()));
  const std::string words = process->out();
  auto figures = find_figures(figures_, words, over->elapsed_s);
  if (!figures) return forward(figures);
  return json{{"figures", std::move(*figures)}};
}

Result<void> ToolClient::check() {
  return {};
}

}  // namespace hopcost::hopload
