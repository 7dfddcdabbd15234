#include "campaign/fleet/kubernetes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/shell.h"
#include "campaign/fleet/host_folder.h"
#include "campaign/fleet/schedule.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr const char* kNamespace = "hopcost";
constexpr int kSshPort = 2222;

/// A host's name as part of a Kubernetes name: RFC 1123 labels of at most 63 characters.
std::string label_of(const std::string& name) {
  constexpr std::size_t kMost = 50;
  std::string label = name.substr(0, kMost);
  std::ranges::transform(label, label.begin(), [](unsigned char c) {
    return std::isalnum(c) != 0 && c < 0x80 ? static_cast<char>(std::tolower(c)) : '-';
  });
  while (!label.empty() && label.back() == '-') label.pop_back();
  label.erase(0, std::min(label.find_first_not_of('-'), label.size()));
  return label.empty() ? "host" : label;
}

/// The hosts' labels; those that would be equal get a number.
std::vector<std::string> labels_of(const std::vector<FleetHost>& hosts) {
  std::vector<std::string> labels;
  for (const FleetHost& host : hosts) {
    const std::string plain = label_of(host.name);
    std::string label = plain;
    for (int n = 2; std::ranges::find(labels, label) != labels.end(); ++n)
      label = fmt::format("{}-{}", plain, n);
    labels.push_back(label);
  }
  return labels;
}

json metadata(const std::string& name, const std::string& label) {
  return {
      {"name", name}, {"namespace", kNamespace}, {"labels", {{"app", "hopcost"}, {"hopcost-run", label}}}};
}

/// Runs hopcost; its result goes to stdout, its other output to the pod's termination message.
std::string run_script(const std::string& label) {
  return fmt::format(
      "hopcost run /campaigns/{}.toml --quiet --out /tmp/result >/tmp/said 2>&1; code=$?\n"
      "tail -c 2000 /tmp/said >/dev/termination-log\n"
      "cat /tmp/result/result.json 2>/dev/null\n",
      label);
}

/// The script of both pods of a two-host run: the device's serves ssh until the tester's says that it is
/// done.
std::string pair_script(const std::string& label, const FleetHost& host) {
  return fmt::format(
      "if [ \"$NODE_NAME\" = {0} ]; then\n"
      "  mkdir -p /run/sshd\n"
      "  /usr/sbin/sshd -f /dev/null -p {1} -h /keys/host -o AuthorizedKeysFile=/keys/user.pub "
      "-o StrictModes=no -o UsePAM=no -o PidFile=none 2>/dev/null || exit 1\n"
      "  until [ -e /run/hopcost-done ]; do sleep 1; done\n"
      "  exit 0\n"
      "fi\n"
      "there() {{\n"
      "  ssh -p {1} -i /keys/user -o UserKnownHostsFile=/keys/known -o HostKeyAlias=device -o BatchMode=yes "
      "{2} \"$@\" 2>/dev/null\n"
      "}}\n"
      "for n in $(seq 60); do there true && break; sleep 2; done\n"
      "{3}"
      "there touch /run/hopcost-done\n"
      "exit $code\n",
      shell_quoted(host.name), kSshPort, shell_quoted(host.device.host), run_script(label));
}

/// The campaign for the pod that runs it, whose own node is this machine.
std::string pod_campaign(const std::string& campaign, const FleetHost& host, bool pair) {
  FleetHost own = host;
  own.tester = {{}, {}, host.tester.nic, {}};
  own.device = {{}, {}, host.device.nic, {}, host.device.wire};
  if (pair) {
    own.device.host = host.device.host;
    own.device.ssh = {"-p", std::to_string(kSshPort),         "-i", "/keys/user",
                      "-o", "UserKnownHostsFile=/keys/known", "-o", "HostKeyAlias=device"};
  }
  return host_campaign(campaign, own);
}

json container(const std::string& image, json command) {
  return {
      {"name", "hopcost"},
      {"image", image},
      {"command", std::move(command)},
      {"securityContext", {{"privileged", true}}},
      {"env", {{{"name", "NODE_NAME"}, {"valueFrom", {{"fieldRef", {{"fieldPath", "spec.nodeName"}}}}}}}}};
}

/// Selects the node of that name. Several terms are alternatives.
json node_term(const std::string& node) {
  return {{"matchFields", {{{"key", "metadata.name"}, {"operator", "In"}, {"values", {node}}}}}};
}

json on_nodes(const std::set<std::string>& nodes) {
  json terms = json::array();
  for (const std::string& node : nodes) terms.push_back(node_term(node));
  return {{"requiredDuringSchedulingIgnoredDuringExecution", {{"nodeSelectorTerms", terms}}}};
}

/// Keeps two pods of one run off the same node.
json apart(const std::string& label) {
  return {{"requiredDuringSchedulingIgnoredDuringExecution",
           {{{"labelSelector", {{"matchLabels", {{"hopcost-run", label}}}}},
             {"topologyKey", "kubernetes.io/hostname"}}}}};
}

/// A pod in its node's network, so that a second run on the node is refused.
json pod(const std::string& label, json container, json volumes) {
  return {{"metadata", {{"labels", {{"app", "hopcost"}, {"hopcost-run", label}}}}},
          {"spec",
           {{"hostNetwork", true},
            {"restartPolicy", "Never"},
            {"containers", json::array({std::move(container)})},
            {"volumes", std::move(volumes)}}}};
}

json job(const FleetHost& host, const std::string& label, double budget_s, const std::string& image) {
  constexpr double kSetUp = 600;
  const bool pair = places_of(host).size() > 1;
  const std::string script = pair ? pair_script(label, host) : run_script(label) + "exit $code\n";
  json own = container(image, {"sh", "-c", script});
  json mounts = json::array({{{"name", "campaigns"}, {"mountPath", "/campaigns"}}});
  json volumes = json::array({{{"name", "campaigns"}, {"configMap", {{"name", "hopcost-campaigns"}}}}});
  if (pair) {
    constexpr int kOwnerReads = 0400;
    mounts.push_back({{"name", "keys"}, {"mountPath", "/keys"}, {"readOnly", true}});
    volumes.push_back(
        {{"name", "keys"}, {"secret", {{"secretName", "hopcost-ssh"}, {"defaultMode", kOwnerReads}}}});
  }
  own["volumeMounts"] = mounts;
  json made = pod(label, own, volumes);
  if (pair)
    made["spec"]["affinity"] = {{"nodeAffinity", on_nodes({host.tester_name, host.name})},
                                {"podAntiAffinity", apart(label)}};
  else
    made["spec"]["nodeName"] = host.name;
  const int pods = pair ? 2 : 1;
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata", metadata("hopcost-" + label, label)},
          {"spec",
           {{"parallelism", pods},
            {"completions", pods},
            {"backoffLimit", 0},
            {"activeDeadlineSeconds", static_cast<int>(2 * budget_s + kSetUp)},
            {"template", made}}}};
}

/// Analyzers that watch an interface for probes, on every node that is measured on it.
json watchers(const std::string& nic, const std::set<std::string>& nodes, const std::string& image) {
  const std::string label = "analyzer-" + label_of(nic);
  json own = container(image, {"analyzer", "--tap", "wire=" + nic + ":in", "--metrics", "127.0.0.1:9464"});
  json made = pod(label, own, json::array());
  made["spec"]["restartPolicy"] = "Always";  // a DaemonSet allows no other
  made["spec"]["affinity"] = {{"nodeAffinity", on_nodes(nodes)}};
  return {{"apiVersion", "apps/v1"},
          {"kind", "DaemonSet"},
          {"metadata", metadata("hopcost-" + label, label)},
          {"spec", {{"selector", {{"matchLabels", {{"hopcost-run", label}}}}}, {"template", made}}}};
}

}  // namespace

json kubernetes_manifests(const std::vector<FleetHost>& all, const std::string& campaign, double budget_s,
                          const std::string& image) {
  std::vector<FleetHost> hosts = all;
  std::erase_if(hosts, [](const FleetHost& h) {
    return !h.fault.empty() || (places_of(h).size() > 1 && h.tester_name.empty());
  });
  const std::vector<std::string> labels = labels_of(hosts);
  json campaigns = json::object(), jobs = json::array();
  std::map<std::string, std::set<std::string>> watched;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const bool pair = places_of(hosts[i]).size() > 1;
    campaigns[labels[i] + ".toml"] = pod_campaign(campaign, hosts[i], pair);
    jobs.push_back(job(hosts[i], labels[i], budget_s, image));
    if (!hosts[i].device.nic.empty()) watched[hosts[i].device.nic].insert(hosts[i].name);
  }
  json items =
      json::array({{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", kNamespace}}}},
                   {{"apiVersion", "v1"},
                    {"kind", "ConfigMap"},
                    {"metadata", metadata("hopcost-campaigns", "campaigns")},
                    {"data", campaigns}}});
  for (const auto& [nic, nodes] : watched) items.push_back(watchers(nic, nodes, image));
  for (json& one : jobs) items.push_back(std::move(one));
  return {{"apiVersion", "v1"}, {"kind", "List"}, {"items", items}};
}

}  // namespace hopcost::campaign
