#include "campaign/load_command.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/programs.h"
#include "base/whole_file.h"
#include "campaign/bench/modes.h"
#include "campaign/device/frames.h"
#include "campaign/loads/loads_folder.h"
#include "campaign/loads/loads_json.h"
#include "campaign/loads/loads_table.h"
#include "campaign/loads/measure_loads.h"
#include "campaign/run_start.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// Checks the sizes and rates of what pktgen sends.
Result<void> check_frames(const LoadCase& c, bool ipv6) {
  if (c.kind == kCapacity) {
    if (auto bytes = mean_bytes(c.client.at("size"), {.ipv6 = ipv6}); !bytes) return forward(bytes);
  }
  if (c.kind != kPackets) return {};
  Config config;
  config.ipv6 = ipv6;
  return validate(for_packets(config, c));
}

Result<LoadPlan> plan_of(const LoadOptions& options, bool ipv6) {
  auto folder = find_data("loads");
  if (!folder) return forward(folder);
  LoadPlan plan{.cases = {},
                .together = options.together,
                .count_containers = options.count_containers,
                .budget_s = options.budget_s};
  for (const LoadAsk& ask : options.loads) {
    auto cases = read_cases(ask, *folder);
    if (!cases) return forward(cases);
    for (LoadCase& c : *cases) {
      if (options.quantum_s > 0) c.quantum_s = options.quantum_s;
      if (c.whole_seconds && c.quantum_s != std::floor(c.quantum_s))
        return error(
            Exit::kUsage,
            fmt::format("quanta of {} s: the tool of {} takes only whole seconds", c.quantum_s, c.load),
            "leave out --quantum, or give whole seconds");
      if (auto r = check_frames(c, ipv6); !r) return forward(r);
      plan.cases.push_back(std::move(c));
    }
  }
  return plan;
}

Exit code_of(const MeasuredLoads& measured) {
  if (!measured.partial_reason.empty()) return Exit::kPartial;
  for (const MeasuredCase& c : measured.cases) {
    if (c.figures.empty()) return Exit::kPartial;
  }
  return Exit::kOk;
}

void tell(const Config& config, const json& result) {
  const std::string text = config.json                ? result.dump(1) + "\n"
                           : result.contains("paper") ? paper_table(result["paper"]) + notes_of(result)
                                                      : render_loads(result);
  std::fputs(text.c_str(), stdout);
}

Result<void> write_paper(const std::filesystem::path& folder, const json& judged) {
  if (auto r = replace_text(folder / "paper.csv", paper_csv(judged)); !r) return r;
  return replace_text(folder / "paper.tex", paper_latex(judged));
}

std::uint32_t most_containers(const LoadPlan& plan) {
  std::uint32_t most = 1;
  for (const LoadCase& c : plan.cases) most = std::max(most, c.containers);
  return most;
}

/// Checks that loads can run in so many containers of the mode. Errors: kUsage.
Result<void> takes_loads(const nsglue::Topology& mode, std::uint32_t containers) {
  if (mode.ends_in_machine())
    return error(Exit::kUsage,
                 fmt::format("{} ends in a virtual machine, where no load can be started", mode.name),
                 "leave it out of --modes");
  auto many = nsglue::with_containers(mode, containers);
  return many ? Result<void>() : forward(many);
}

/// Removes the modes on which loads can't run. Errors: takes_loads()'s, for a mode that the user named.
Result<void> leave_out_unfit(std::vector<ModeFile>& modes, std::uint32_t containers,
                             std::vector<LeftOut>& left_out) {
  for (auto mode = modes.begin(); mode != modes.end();) {
    auto takes = takes_loads(mode->topology, containers);
    if (!takes && mode->named) return takes;
    if (!takes) left_out.push_back({mode->name, takes.error().what});
    mode = takes ? mode + 1 : modes.erase(mode);
  }
  return {};
}

/// The layout in which every path, host's too, has so many containers side by side.
Result<Layout> layout_with(std::vector<ModeFile> modes, std::uint32_t containers, const Config& config) {
  auto layout = layout_of(std::move(modes), levels(config));
  if (!layout) return layout;
  for (nsglue::Topology& topology : layout->topologies) {
    auto many = nsglue::with_containers(topology, containers);
    if (!many) return forward(many);
    topology = std::move(*many);
  }
  return layout;
}

void announce(const LoadPlan& plan, const Layout& layout, const Config& config) {
  if (config.quiet || config.json) return;
  log_info("{} cases on {} modes and 2 controls: quanta of {:.0f} s in {} builds", plan.cases.size(),
           layout.lanes.size() - kControls, quanta_s(plan, layout.lanes.size(), config.builds),
           config.builds);
}

}  // namespace

Result<Exit> load_command(Config config, const LoadOptions& options,
                          const std::vector<std::string>& command) {
  auto plan = plan_of(options, config.ipv6);
  if (!plan) return forward(plan);
  if (config.builds == 0) config.builds = kLoadBuilds;
  config.backend = default_backend(config);
  auto start = begin_run(config);
  if (!start) return forward(start);
  if (options.paper) {  // a paper's rows say which of its modes this kernel can't do
    for (ModeFile& mode : start->modes) mode.named = false;
  }
  auto left_out = leave_out_lacking(start->modes, config, start->sites.device());
  if (!left_out) return forward(left_out);
  if (auto r = leave_out_unfit(start->modes, most_containers(*plan), *left_out); !r) return forward(r);
  for (const LeftOut& out : *left_out) log_info("left out: {}: {}", out.mode, out.reason);
  config.rates = {usual_rate(config, start->modes)};  // of packets
  auto made = layout_with(std::move(start->modes), most_containers(*plan), config);
  if (!made) return forward(made);
  const Layout& layout = *made;
  announce(*plan, layout, config);

  const std::time_t started = std::time(nullptr);
  auto measured = measure_loads(config, layout, *plan, start->sites, [&](const MeasuredLoads& m) {
    if (!config.quiet && !config.json) log_info("{} builds of {}", m.builds, config.builds);
  });
  if (!measured) return forward(measured);
  const RunFacts facts{command, iso_time(started), "", "", std::move(*left_out)};
  json result = loads_json(facts, config, *plan, *measured);
  if (options.paper) result["paper"] = judge_paper(*options.paper, result);
  tell(config, result);
  std::fflush(stdout);
  Exit code = code_of(*measured);
  auto saved = start->folder.save(code, [&](const std::filesystem::path& folder) {
    if (auto r = write_loads_folder(folder, result, *measured, static_cast<double>(started)); !r) return r;
    return options.paper ? write_paper(folder, result["paper"]) : Result<void>{};
  });
  if (!saved) return forward(saved);
  log_info("result: {}", (*saved / "report.html").string());
  return code;
}

}  // namespace hopcost::campaign
