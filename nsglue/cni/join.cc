#include "nsglue/cni/join.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/netns.h"
#include "nsglue/kernel/client.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// A new folder; the destructor removes it with all in it.
class Folder {
 public:
  [[nodiscard]] static Result<Folder> make() {
    std::string path = "/run/hopcost-cni-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return errno_error(errno, "make a folder in /run");
    return Folder(std::move(path));
  }
  Folder(Folder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Folder& operator=(Folder&&) = delete;
  ~Folder() {
    std::error_code none;
    if (!path_.empty()) fs::remove_all(path_, none);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// What a plugin reads: its part of the list, the network's name, and what container runtimes add.
json input_of(const ConfList& list, const json& plugin, const Joining& joining, const json& previous,
              const std::string& folder) {
  json input = plugin;
  input["name"] = list.name;
  input["cniVersion"] = list.version;
  if (!previous.is_null()) input["prevResult"] = previous;
  const json capabilities = plugin.value("capabilities", json::object());
  if (capabilities.is_object() && capabilities.contains("portMappings"))
    input["runtimeConfig"]["portMappings"] = {
        {{"hostPort", joining.port}, {"containerPort", joining.port}, {"protocol", "udp"}}};
  if (input.contains("ipam") && input["ipam"].is_object() &&
      input["ipam"].value("type", json()) == "host-local")
    input["ipam"]["dataDir"] = folder;
  return input;
}

/// The plugin's fault: it reports it as JSON on standard output.
std::string fault_in(const ClientAnswer& answer) {
  const json j = json::parse(answer.text, nullptr, false);
  const bool told = j.is_object() && j.contains("msg") && j["msg"].is_string();
  return told ? j["msg"].get<std::string>() : answer.complaint;
}

Result<json> run_add(const json& input, const Joining& joining) {
  const std::string type = input["type"];
  auto program = find_plugin(type);
  if (!program) return forward(program);
  const std::vector<std::string> environment = {
      "CNI_COMMAND=ADD", "CNI_IFNAME=eth0", "CNI_CONTAINERID=" + joining.id, "CNI_NETNS=" + joining.container,
      "CNI_PATH=" + plugin_folders()};
  auto inside = NetnsScope::enter(joining.engine);
  if (!inside) return forward(inside);
  auto answer = ask_client({program->string()}, input.dump(), environment);
  if (!answer) return forward(answer);
  if (!answer->good)
    return error(Exit::kFailure, fmt::format("CNI plugin {}: {}", type, fault_in(*answer)),
                 "its configuration must suit a namespace whose only device is d0, 198.18.0.2/24");
  json result = json::parse(answer->text, nullptr, false);
  if (!result.is_object()) return error(Exit::kFailure, fmt::format("CNI plugin {} gave no result", type));
  return result;
}

}  // namespace

Result<void> join_network(const ConfList& list, const Joining& joining) {
  auto folder = Folder::make();
  if (!folder) return forward(folder);
  json previous;
  for (const json& plugin : list.plugins) {
    auto result = run_add(input_of(list, plugin, joining, previous, folder->path()), joining);
    if (!result) return forward(result);
    previous = std::move(*result);
  }
  return {};
}

}  // namespace hopcost::nsglue
