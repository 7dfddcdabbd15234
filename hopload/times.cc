#include "hopload/times.h"

#include <nlohmann/json.hpp>

#include "stats/hdr_codec.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;

json kind(const char* name, const char* unit, const char* better) {
  return {{"name", name}, {"unit", unit}, {"better", better}};
}

}  // namespace

json time_kinds() {
  json transactions = kind("transactions", "1/s", "higher");
  transactions["over_containers"] = "sum";
  return {kind("p50", "ns", "lower"), std::move(transactions), kind("mean", "ns", "lower"),
          kind("p90", "ns", "lower"), kind("p99", "ns", "lower")};
}

json trouble_kind(const char* name) {
  json trouble = kind(name, "%", "lower");
  trouble["compared_by"] = "difference";
  trouble["same_within"] = 0.1;
  return trouble;
}

json answer_of(const HdrHistogram& times, double seconds) {
  const auto at = [&](double q) { return times.interpolated_quantile(q); };
  return {{"figures",
           {{"transactions", static_cast<double>(times.count()) / seconds},
            {"p50", at(0.5)},
            {"p90", at(0.9)},
            {"p99", at(0.99)},
            {"mean", times.mean()}}},
          {"histogram", encode_base64(times)}};
}

}  // namespace hopcost::hopload
