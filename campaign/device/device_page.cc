#include "campaign/device/device_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/look.h"
#include "base/text.h"
#include "campaign/device/graph.h"
#include "campaign/device/trial.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr const char* kHead = R"(<!doctype html><html lang=en><meta charset=utf-8>
<meta name=viewport content="width=device-width">
<title>Device under test</title><style>
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{padding:.25rem .6rem;border-bottom:1px solid #8884;text-align:right}
th:first-child,td:first-child{text-align:left}
figure{margin:1rem 0 2rem}figcaption{font-weight:600}
svg{width:100%;max-width:44rem;display:block}svg text{font-size:12px;fill:currentColor}
.grid{stroke:#8884}.legend span{margin-right:1.2rem}.legend i{display:inline-block;width:.8em;height:.8em;margin-right:.4em}
.wrong{color:#d1242f}.small{opacity:.75;font-size:.9em}
</style>
)";

std::string page_cell(const json& value, double times = 1, int digits = 1) {
  return value.is_number() ? fmt::format("<td>{:.{}f}</td>", value.get<double>() * times, digits)
                           : "<td>–</td>";
}

/// The tests of one name. `sizes_alone`: without those at "imix", which has no place on an axis of sizes.
std::vector<const json*> page_tests_of(const json& result, const std::string& name,
                                       bool sizes_alone = false) {
  std::vector<const json*> all;
  for (const json& t : look(result, "tests"))
    if (look_text(look(t, "test")) == name && (!sizes_alone || look(t, "size").is_number()))
      all.push_back(&t);
  return all;
}

/// A line over frame sizes. `value` takes a test and gives JSON; a test without a number gets no point.
Line page_by_size(const std::vector<const json*>& tests, const std::string& name, auto value,
                  bool dashed = false, double times = 1) {
  Line line{name, {}, dashed};
  for (const json* t : tests)
    if (const json& y = value(*t); y.is_number())
      line.points.emplace_back(look_number(look(*t, "size")), y.get<double>() * times);
  std::ranges::sort(line.points);
  return line;
}

std::string irregular_note(const json& t) {
  std::string html;
  if (const std::string why = look_text(look(t, "irregular")); !why.empty())
    html += fmt::format("<p class=wrong>{} bytes: irregular: {}</p>", html_text(look_text(look(t, "size"))),
                        html_text(why));
  for (const json& remark : look(t, "remarks"))
    html += fmt::format("<p>{} bytes: {}</p>", html_text(look_text(look(t, "size"))),
                        html_text(look_text(remark)));
  return html;
}

/// A table with a head and a row for each test, and below it what is irregular.
std::string page_table(const std::string& head, const std::vector<const json*>& tests, auto row) {
  std::string html = "<table><tr><th>frame, bytes" + head + "</tr>", notes;
  for (const json* t : tests) {
    html += "<tr><td>" + html_text(look_text(look(*t, "size"))) + "</td>" + row(*t) + "</tr>";
    notes += irregular_note(*t);
  }
  return html + "</table>" + notes;
}

std::string page_throughput(const json& result) {
  const auto tests = page_tests_of(result, "throughput");
  if (tests.empty()) return "";
  const auto sized = page_tests_of(result, "throughput", true);
  Graph g{"Throughput (RFC 2544 section 26.1)", "frame size, bytes with FCS", "frames a second", {}};
  const auto of = [](const char* name) {
    return [name](const json& t) -> const json& { return look(t, name); };
  };
  g.lines = {page_by_size(sized, "throughput", of("throughput_fps")),
             page_by_size(sized, "tester alone", of("tester_limit_fps"), true)};
  g.lines.push_back(page_by_size(sized, "the link's rate", of("theoretical_fps"), true));
  g.log_y = std::ranges::any_of(sized, [](const json* t) {
    return look_number(look(*t, "theoretical_fps")) >
           20 * std::max(look_number(look(*t, "throughput_fps")), 1.0);
  });
  return "<h2>Throughput</h2>" + svg_of(g) +
         page_table(
             "<th>throughput, fps<th>from<th>to<th>link at most, fps<th>share, %<th>tester alone, "
             "fps<th>highest load, fps",
             tests, [](const json& t) {
               const json& i = look(t, "throughput_interval_fps");
               return page_cell(look(t, "throughput_fps")) + page_cell(i.is_array() ? i.front() : i) +
                      page_cell(i.is_array() ? i.back() : i) + page_cell(look(t, "theoretical_fps")) +
                      page_cell(look(t, "share_of_theoretical"), 100, 3) +
                      page_cell(look(t, "tester_limit_fps")) + page_cell(look(t, "highest_load_fps"));
             });
}

std::string page_goals(const json& result) {
  std::string rows;
  for (const json* t : page_tests_of(result, "throughput"))
    for (const json& m : look(*t, "mlr"))
      rows += fmt::format("<tr><td>{}</td><td>{}</td>{}{}{}<td>{}</td></tr>",
                          html_text(look_text(look(*t, "size"))), html_text(look_text(look(m, "goal"))),
                          page_cell(look(m, "relevant_lower_fps")), page_cell(look(m, "relevant_upper_fps")),
                          page_cell(look(m, "conditional_throughput_fps")),
                          html_text(look_text(look(m, "irregular"))));
  if (rows.empty()) return "";
  return "<h3>Search goals (RFC 9971)</h3><table><tr><th>frame, bytes<th>goal<th>relevant lower bound, "
         "fps<th>relevant "
         "upper bound, fps<th>conditional throughput, fps<th>irregular</tr>" +
         rows + "</table>";
}

std::string page_loss(const json& result) {
  const auto tests = page_tests_of(result, "loss");
  if (tests.empty()) return "";
  Graph g{"Frame loss (RFC 2544 section 26.3)", "load, % of the highest", "frames lost, %", {}};
  std::string notes;
  for (const json* t : tests) {
    Line line{look(*t, "size") == "imix" ? "IMIX" : look_text(look(*t, "size")) + " bytes", {}};
    for (const json& p : look(*t, "loss_curve"))
      line.points.emplace_back(100 * look_number(look(p, "share")), look_number(look(p, "loss_percent")));
    g.lines.push_back(std::move(line));
    notes += irregular_note(*t);
  }
  return "<h2>Frame loss</h2>" + svg_of(g) + notes;
}

std::string page_latency(const json& result) {
  const auto tests = page_tests_of(result, "latency");
  if (tests.empty()) return "";
  const auto sized = page_tests_of(result, "latency", true);
  const auto of = [](const char* name) {
    return [name](const json& t) -> const json& { return look(look(look(t, "latency_ns"), name), "median"); };
  };
  Graph g{"Latency (RFC 2544 section 26.2, RFC 8219 section 7.2)", "frame size, bytes with FCS", "us", {}};
  g.lines = {page_by_size(sized, "median", of("median"), false, 1e-3),
             page_by_size(sized, "99.9 %", of("p99_9"), false, 1e-3)};
  std::string direction;
  for (const json* t : tests) direction = look_text(look(*t, "direction"));
  if (!direction.empty()) direction = "<p>" + html_text(direction) + "</p>";
  direction +=
      "<p class=small>" +
      html_text("Latency is the time " + look_text(look(look(*tests.front(), "latency_ns"), "definition"))) +
      ".</p>";
  return "<h2>Latency</h2>" + svg_of(g) + direction +
         page_table(
             "<th>rate, fps<th>median, us<th>99.9 %, us<th>PDV, us<th>IPDV: least, us<th>median, us<th>most, "
             "us"
             "<th>runs",
             tests, [](const json& t) {
               const json& l = look(t, "latency_ns");
               const json& steps = look(t, "ipdv_ns");
               return page_cell(look(t, "rate_fps")) + page_cell(look(look(l, "median"), "median"), 1e-3, 2) +
                      page_cell(look(look(l, "p99_9"), "median"), 1e-3, 2) +
                      page_cell(look(look(t, "pdv_ns"), "median"), 1e-3, 2) +
                      page_cell(look(look(steps, "min"), "median"), 1e-3, 2) +
                      page_cell(look(look(steps, "median"), "median"), 1e-3, 2) +
                      page_cell(look(look(steps, "max"), "median"), 1e-3, 2) +
                      page_cell(look(look(l, "median"), "n"), 1, 0);
             });
}

std::string page_bursts(const json& result) {
  std::string html;
  if (const auto tests = page_tests_of(result, "back-to-back"); !tests.empty())
    html +=
        "<h2>Back-to-back frames (RFC 9004)</h2>" +
        page_table("<th>average burst, frames<th>least<th>most<th>stddev<th>searches<th>corrected buffer, ms",
                   tests, [](const json& t) {
                     const json& b = look(t, "back_to_back_frames");
                     return page_cell(look(b, "mean")) + page_cell(look(b, "min"), 1, 0) +
                            page_cell(look(b, "max"), 1, 0) + page_cell(look(b, "stddev"), 1, 2) +
                            page_cell(look(t, "searches"), 1, 0) +
                            page_cell(look(t, "corrected_buffer_s"), 1e3, 4);
                   });
  if (const auto tests = page_tests_of(result, "recovery"); !tests.empty())
    html += "<h2>System recovery (RFC 2544 section 26.5)</h2>" +
            page_table("<th>overload, fps<th>then, fps<th>recovery, ms", tests, [](const json& t) {
              return page_cell(look(t, "overload_fps")) + page_cell(look(t, "then_fps")) +
                     page_cell(look(t, "recovery_s"), 1e3, 3);
            });
  if (const auto tests = page_tests_of(result, "reset"); !tests.empty())
    html += "<h2>Reset (RFC 6201)</h2>" +
            page_table("<th>rate, fps<th>by frames lost, ms<th>by stamps, ms", tests, [](const json& t) {
              const json& r = look(t, "reset_s");
              return page_cell(look(t, "rate_fps")) + page_cell(look(look(r, "frame_loss"), "mean"), 1e3, 2) +
                     page_cell(look(look(r, "timestamp"), "mean"), 1e3, 2);
            });
  if (const auto tests = page_tests_of(result, "congestion"); !tests.empty())
    html += "<h2>Congestion (RFC 2889 section 5.5)</h2>" +
            page_table("<th>each input, fps<th>congested output lost, %<th>the other one lost, %", tests,
                       [](const json& t) {
                         return page_cell(look(t, "rate_fps")) +
                                page_cell(look(t, "congested_loss_percent"), 1, 3) +
                                page_cell(look(t, "uncongested_loss_percent"), 1, 3);
                       });
  return html;
}

std::string page_switch(const json& result) {
  std::string html;
  if (const auto tests = page_tests_of(result, "forwarding"); !tests.empty()) {
    Graph g{"Forwarding rate (RFC 2889 section 5.3)",
            "load, frames a second",
            "frames a second that came out",
            {}};
    for (const json* t : tests) {
      Line line{look_text(look(*t, "size")) + " bytes", {}, false};
      for (const json& p : look(*t, "forwarding"))
        line.points.emplace_back(look_number(look(p, "load_fps")), look_number(look(p, "forwarded_fps")));
      g.lines.push_back(std::move(line));
    }
    html += "<h2>Forwarding rates</h2>" + svg_of(g) +
            page_table("<th>at the highest load, fps<th>that is, fps<th>at most, fps<th>at, fps", tests,
                       [](const json& t) {
                         return page_cell(look(t, "forwarding_at_most_load_fps")) +
                                page_cell(look(t, "highest_load_fps")) +
                                page_cell(look(t, "most_forwarded_fps")) +
                                page_cell(look(t, "most_forwarded_load_fps"));
                       });
  }
  if (const auto tests = page_tests_of(result, "caching"); !tests.empty())
    html += "<h2>Addresses kept (RFC 2889 section 5.7)</h2>" +
            page_table("<th>addresses<th>tried at most<th>taught at, fps", tests, [](const json& t) {
              return page_cell(look(t, "addresses"), 1, 0) + page_cell(look(t, "most_addresses"), 1, 0) +
                     page_cell(look(t, "learn_fps"), 1, 0);
            });
  if (const auto tests = page_tests_of(result, "learning"); !tests.empty())
    html += "<h2>Learning rate (RFC 2889 section 5.8)</h2>" +
            page_table("<th>addresses<th>learned at, fps", tests, [](const json& t) {
              return page_cell(look(t, "addresses"), 1, 0) + page_cell(look(t, "learning_fps"), 1, 0);
            });
  return html;
}

/// What differs from RFC 2544's default frames, in words.
std::string page_frames(const json& c) {
  std::string words;
  if (look_number(look(c, "connections")) > 0)
    words += fmt::format("; {} connections again and again", look_text(look(c, "connections")));
  if (const std::string extension = look_text(look(c, "extension")); !extension.empty())
    words += "; extension header " + extension;
  if (const std::string outer = look_text(look(c, "outer")); !outer.empty()) words += "; 6in4 " + outer;
  if (look(c, "broadcast") == true) words += "; one in a hundred broadcast";
  if (look(c, "learning") == true) words += "; learning frames before each trial";
  return words;
}

std::string page_conditions(const json& result) {
  const json& c = look(result, "config");
  std::string html = "<h2>Conditions</h2><ul>";
  const auto item = [&](const std::string& words) { html += "<li>" + html_text(words); };
  std::string between;
  for (const json& port : look(c, "ports"))
    between += (between.empty() ? "between " : " and ") + look_text(port);
  const std::string dut = look_text(look(c, "dut"));
  item(dut.empty() ? between : fmt::format("topology {}, ports of {}", dut, look_text(look(c, "backend"))));
  const std::string profile = look_text(look(c, "profile"));
  if (profile.empty()) {
    item(fmt::format("UDP over {}, {} {} behind the device{}; pseudo-random addresses and ports (RFC 4814)",
                     look(c, "ipv6") == true ? "IPv6" : "IPv4", look_text(look(c, "routes")),
                     look(c, "routes") == 1 ? "network" : "networks",
                     look(c, "bidirectional") == true ? ", both ways at once" : "") +
         page_frames(c));
  } else {
    item("frames of the profile " + profile + ", and not RFC 2544's");
  }
  item(fmt::format("trials of {} s, {} s for stragglers, {} s between trials; seed {}",
                   look_text(look(c, "trial_s")), look_text(look(c, "linger_s")),
                   look_text(look(c, "pause_s")), look_text(look(c, "seed"))));
  item("frames that were to be sent and were not count as lost; counters are read when all has stopped");
  item("every frame is stamped, by software at the sending port; the receive stamp is the port's own");
  for (const json& less : look(result, "given_up")) item("gives up: " + look_text(less));
  item(look_text(look(look(result, "compliance"), "rfc2544")));
  if (const std::string partial = look_text(look(result, "partial")); !partial.empty())
    html += "<li class=wrong>" + html_text("partial: " + partial);
  return html + "</ul><p class=small>" +
         html_text("hopcost " + look_text(look(result, "version")) + ", " +
                   look_text(look(result, "started"))) +
         "</p>";
}

std::string page_tests(const json& result) {
  return page_throughput(result) + page_goals(result) + page_loss(result) + page_latency(result) +
         page_bursts(result) + page_switch(result);
}

/// Describes the modifier (RFC 2544 section 11): the filters, or how many queries were answered.
std::string page_modifier(const json& part, const std::string& modifier) {
  if (modifier.empty() || modifier == "none") return "";
  std::string html = "<h1>With " + html_text(modifier) + "</h1>", filters;
  Queries all;
  for (const json& t : look(part, "tests")) {
    all.asked += static_cast<std::uint64_t>(look_number(look(look(t, "management"), "asked")));
    all.answered += static_cast<std::uint64_t>(look_number(look(look(t, "management"), "answered")));
    filters.clear();
    for (const json& rule : look(t, "filters")) filters += html_text(look_text(rule)) + "\n";
  }
  if (!filters.empty()) html += "<pre>" + filters + "</pre>";
  if (all.asked > 0)
    html +=
        fmt::format("<p>{} ICMP echoes to the device itself, one a second of each stream; {} answered</p>",
                    all.asked, all.answered);
  return html;
}

/// The tests, grouped by modifier, in the order in which they were made.
std::string page_by_modifier(const json& result) {
  std::vector<std::string> modifiers;
  for (const json& t : look(result, "tests")) {
    const std::string modifier = look_text(look(t, "modifier"));
    if (std::ranges::find(modifiers, modifier) == modifiers.end()) modifiers.push_back(modifier);
  }
  std::string html;
  for (const std::string& modifier : modifiers) {
    json part = {{"tests", json::array()}};
    for (const json& t : look(result, "tests"))
      if (look_text(look(t, "modifier")) == modifier) part["tests"].push_back(t);
    html += page_modifier(part, modifier) + page_tests(part);
  }
  return html;
}

}  // namespace

std::string device_page(const json& result) {
  return std::string(kHead) + "<h1>Device under test</h1>" + page_by_modifier(result) +
         page_conditions(result) + "</html>\n";
}

}  // namespace hopcost::campaign
