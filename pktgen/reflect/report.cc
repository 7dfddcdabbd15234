#include "pktgen/reflect/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pktgen/io/link_watch.h"
#include "pktgen/report/report_json.h"
#include "pktgen/report/report_text.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

json counts_json(const ReflectCounts& c) {
  return {{"reflected", c.reflected()},
          {"foreign", c.of(TurnVerdict::kForeign)},
          {"not_ours", c.of(TurnVerdict::kNotOurs)},
          {"returned", c.of(TurnVerdict::kReflected)},
          {"malformed", c.of(TurnVerdict::kMalformed)},
          {"no_room", c.no_room}};
}

}  // namespace

std::string partial_reason(const ReflectorInfo& about, const ReflectResult& r) {
  if (r.end == SendEnd::kPortFailed) return fmt::format("port failed: {}", port_fault(r.port_errno));
  return r.end == SendEnd::kStopped && about.limited ? "stopped" : "";
}

std::string reflect_text(const ReflectorInfo& about, const ReflectResult& r) {
  const ReflectCounts& c = r.counts;
  const double seconds = static_cast<double>(r.elapsed_ns) / 1e9;
  std::string text;
  if (const auto why = partial_reason(about, r); !why.empty()) text += fmt::format("PARTIAL   {}\n", why);
  text += fmt::format("reflected {} probes in {:.3f} s: {}pps", c.reflected(), seconds,
                      scaled(seconds > 0 ? static_cast<double>(c.reflected()) / seconds : 0));
  if (c.no_room > 0) text += fmt::format(", {} more dropped: the device takes no more", c.no_room);
  if (r.tx_errors > 0) text += fmt::format(", {} refused by the device", r.tx_errors);
  text += fmt::format(
      "\nleft      {} frames without a probe, {} probes to other addresses, {} reflected already, {} in "
      "packets that "
      "can't be turned around\n",
      c.of(TurnVerdict::kForeign), c.of(TurnVerdict::kNotOurs), c.of(TurnVerdict::kReflected),
      c.of(TurnVerdict::kMalformed));
  if (r.drops > 0) text += fmt::format("warning   the receive ring dropped {} frames\n", r.drops);
  if (r.residence.count() > 0)
    text += latency_text("residence", r.residence) + fmt::format("stamps    {}\n", r.stamp);
  if (!r.note.empty()) text += "note      " + r.note + "\n";
  return text;
}

std::string reflect_json(const ReflectorInfo& about, const ReflectResult& r) {
  json j = counts_json(r.counts);
  j["schema"] = "hopcost.pktgen-reflect/1";
  j["version"] = HOPCOST_VERSION;
  j["port"] = to_json(about.info, to_string(about.port));
  j["elapsed_ns"] = r.elapsed_ns;
  j["tx_errors"] = r.tx_errors;
  j["ring_drops"] = r.drops;
  j["residence"] = summary_json(r.residence);
  j["stamp"] = r.stamp;
  j["stopped"] = r.end == SendEnd::kStopped;
  j["partial"] = partial_reason(about, r);
  j["note"] = r.note;
  return j.dump() + "\n";
}

std::string reflect_line(std::uint64_t elapsed_ns, const ReflectCounts& counts, double pps) {
  json j = counts_json(counts);
  j["elapsed_ns"] = elapsed_ns;
  j["pps"] = pps;
  return j.dump() + "\n";
}

}  // namespace hopcost::pktgen
