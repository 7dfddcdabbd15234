// Any line on the control channel: refused with an error that says something, or understood within its
// bounds. Taps as the command line has them are tried with the same bytes.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "analyzer/config.cc"  // one translation unit, all of it instrumented
#include "analyzer/control/members.cc"
#include "analyzer/control/slot_request.cc"
#include "analyzer/control/tap_request.cc"
#include "base/control.cc"
#include "base/quantity.cc"
#include "base/result.cc"
#include "base/signals.cc"

namespace {

using namespace hopcost;
using namespace hopcost::analyzer;

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
void refused(const Result<T>& r) {
  require(!r.error().what.empty() && r.error().code == Exit::kUsage);
}

void try_request(const nlohmann::json& request) {
  if (const auto paths = arm_of(request); paths) {
    std::set<std::string> paths_named;
    for (const auto& path : *paths) {
      require(paths_named.insert(path.name).second);
      std::set<std::string> names;
      for (const auto& t : path.taps.value_or(std::vector<TapSpec>()))
        require(!t.name.empty() && names.insert(t.name).second);
      require(names.size() <= kMaxTaps);
      for (const auto& s : path.sinks) require(s.port != 0);
    }
    require(!paths_named.empty());
  } else {
    refused(paths);
  }
  if (const auto paths = disarm_of(request); paths) {
    require(!paths->empty());
  } else {
    refused(paths);
  }
  const auto bounded = [](const std::vector<LaneName>& lanes) {
    require(!lanes.empty() && std::set<LaneName>(lanes.begin(), lanes.end()).size() == lanes.size());
  };
  if (const auto slot = expect_of(request); slot) {
    const TrainShape& train = slot->expected.train;
    bounded(slot->lanes);
    require(train.packets == 0 ? train.untimed == 0 : train.untimed < train.packets);
    require(slot->expected.first_sequence <= kProbeSequenceMask);
  } else {
    refused(slot);
  }
  if (const auto slot = collect_of(request); slot) {
    bounded(slot->lanes);
    require(slot->sent.size() == slot->lanes.size());
  } else {
    refused(slot);
  }
  (void)error_from_json(request);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto handler = [](const nlohmann::json& request) -> Result<nlohmann::json> {
    try_request(request);
    return request;
  };
  const auto reply =
      control_answer(std::string(line), {{"arm", handler}, {"expect", handler}, {"collect", handler}});
  require(reply.contains("id") && reply["ok"].is_boolean());
  (void)reply.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  (void)is_stop(std::string(line));
  if (const auto tap = parse_tap(line); tap) {
    require(!tap->name.empty() && (!tap->device.empty() || tap->port != 0 || !tap->file.empty()));
  } else {
    refused(tap);
  }
  (void)parse_sink(line);
  (void)parse_duration(line);
  (void)parse_bytes(line);
  return 0;
}
