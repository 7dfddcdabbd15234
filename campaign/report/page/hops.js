// Where the time goes: mean of each hop stacked, what the taps cost (taken off), and what stays unexplained.

/** A mode's bar: segments with their start, and the marks that belong to it. Means below 0 are drawn as 0. */
function hopBar(mode) {
  let at = 0;
  const segments = list(mode.hops).filter((hop) => isNumber(hop.mean_ns)).map((hop, i) => {
    const start = at;
    at += Math.max(0, hop.mean_ns);
    return { hop, start, end: at, colour: `var(--s${(i % kSeriesColours) + 1})` };
  });
  const closure = object(mode.closure);
  const taps = list(mode.hops).reduce((sum, hop) => sum + (isNumber(hop.tap_cost_ns) ? hop.tap_cost_ns : 0), 0);
  const endToEnd = isNumber(closure.end_to_end_mean_ns) ? closure.end_to_end_mean_ns : null;
  return { mode, segments, sum: at, endToEnd, closure, taps, reach: Math.max(at, endToEnd ?? 0) + Math.max(0, taps) };
}

const partOf = (hop) => (hop.part ? ` (${hop.part})` : "");

/** Share of the packets that changed the CPU, and the medians of either kind where both are there. */
function crossCpu(hop) {
  const cpu = object(hop.cpu);
  if (!isNumber(cpu.cross_share)) return "not known";
  const both = isNumber(cpu.cross_p50_ns) && isNumber(cpu.same_p50_ns);
  return percent(cpu.cross_share, 1) + (both ? `: p50 ${ns(cpu.cross_p50_ns)} ns, else ${ns(cpu.same_p50_ns)} ns` : "");
}

/** Who serves the backlogs that the taps tell of. */
function backlogNote(modes) {
  const waits = modes.flatMap((mode) => list(mode.hops).filter((hop) => hop.part === "backlog wait"));
  if (!waits.length) return null;
  const most = Math.max(...waits.map((hop) => object(hop.cpu).cross_share ?? 0));
  return el("p", { class: "note" }, most > 0
    ? `Backlog wait: up to ${percent(most, 1)} of the packets were served by another CPU.`
    : "Backlog wait: each backlog is served on the sender's CPU before its system call returns; the wait is that CPU's other work.");
}

function hopTip(hop) {
  return [["mean", `${ns(hop.mean_ns)} ns`], ["95 % interval", `${interval(hop.ci95)} ns`],
    ["median", isNumber(hop.p50_ns) ? `${ns(hop.p50_ns)} ns` : "–"], ["p99", isNumber(hop.p99_ns) ? `${ns(hop.p99_ns)} ns` : "–"],
    ["cross-CPU", crossCpu(hop)],
    ["as observed", `${ns(hop.raw_mean_ns)} ns`], ["taps, taken off", `${ns(hop.tap_cost_ns)} ns`]];
}

function drawSegments(svg, bar, x, y, thick) {
  for (const { hop, start, end, colour } of bar.segments) {
    const wide = x(end) - x(start);
    const group = svg.append("g");
    group.append("rect").attr("x", x(start)).attr("width", Math.max(0.5, wide - 1)).attr("y", y).attr("height", thick)
      .attr("style", `fill:${colour}`);
    const label = `${hop.to} ${ns(hop.mean_ns)}`;
    const text = wide > label.length * 6.8 + 8 ? label : wide > 34 ? ns(hop.mean_ns) : "";
    if (text) group.append("text").attr("class", "inside").attr("x", x(start) + 6).attr("y", y + thick / 2 + 4).text(text);
    tip(group.node(), `${bar.mode.name}: ${hop.from} → ${hop.to}${partOf(hop)}`, hopTip(hop));
  }
}

/** The hatched difference between the hops' sum and the untapped mean, the taps' own cost, and the untapped mean itself. */
function drawClosure(svg, bar, x, y, thick) {
  const { closure } = bar;
  if (bar.endToEnd !== null) {
    const [from, to] = [Math.min(bar.sum, bar.endToEnd), Math.max(bar.sum, bar.endToEnd)];
    const rect = svg.append("rect").attr("class", "unexplained").attr("fill", "url(#hatch)").attr("x", x(from))
      .attr("width", Math.max(1, x(to) - x(from))).attr("y", y).attr("height", thick);
    tip(rect.node(), `${bar.mode.name}: unexplained`, [["end to end, untapped", `${ns(bar.endToEnd)} ns`],
      ["sum of hops", `${ns(closure.hop_sum_ns)} ns`], ["unexplained", `${signedNs(closure.unexplained_ns)} ns`],
      ["95 % interval", `${interval(closure.ci95)} ns`]]);
    svg.append("path").attr("class", "whisker").attr("style", "stroke:var(--ink)")
      .attr("d", `M${x(bar.endToEnd)},${y - 4}V${y + thick + 4}`);
  }
  if (bar.taps <= 0) return;
  const start = Math.max(bar.sum, bar.endToEnd ?? 0);
  const box = svg.append("rect").attr("class", "tap").attr("x", x(start) + 3).attr("width", Math.max(1, x(start + bar.taps) - x(start) - 3))
    .attr("y", y + 4).attr("height", thick - 8).attr("pointer-events", "all");
  tip(box.node(), `${bar.mode.name}: the taps' own cost`, [["taken off the hops", `${ns(bar.taps)} ns`]]);
}

function drawHatch(svg) {
  const pattern = svg.append("pattern").attr("id", "hatch").attr("width", 6).attr("height", 6)
    .attr("patternUnits", "userSpaceOnUse").attr("patternTransform", "rotate(45)");
  pattern.append("rect").attr("width", 6).attr("height", 6).attr("style", "fill:var(--paper)");
  pattern.append("line").attr("x1", 0).attr("x2", 0).attr("y1", 0).attr("y2", 6).attr("style", "stroke:var(--soft);stroke-width:2.4");
}

function drawHops(svg, width, height, bars) {
  const left = Math.min(170, width * 0.24);
  const [top, bottom, right] = [6, height - 44, width - 24];
  drawHatch(svg);
  const x = d3.scaleLinear().domain([0, Math.max(1, ...bars.map((bar) => bar.reach)) * 1.02]).range([left, right]);
  axis(svg, "bottom", x, { at: bottom, length: bottom - top, ticks: Math.round(width / 130), format: axisTime,
    title: "mean time of each hop", titleAt: [right, height - 6] });
  const step = (bottom - top) / bars.length;
  bars.forEach((bar, i) => {
    const y = top + step * i + step / 2 - 14;
    svg.append("text").attr("x", left - 14).attr("y", y + 18).attr("text-anchor", "end")
      .text(shorten(bar.mode.name, left / 7.6)).append("title").text(bar.mode.name);
    drawSegments(svg, bar, x, y, 28);
    drawClosure(svg, bar, x, y, 28);
  });
}

const hopKey = () => el("div", { class: "legend" },
  el("span", { class: "key" }, "Each colour: the next hop on the path, named by where it ends. Hatched: unexplained. " +
    "Dashed box: the taps' own cost, taken off. Black tick: mean end to end with one tap open."));

function hopTable(modes, styles) {
  const rows = modes.flatMap((mode) => {
    const closure = object(mode.closure);
    const hops = list(mode.hops).map((hop) => [modeName(mode, styles), `${hop.from} → ${hop.to}${partOf(hop)}`,
      el("td", {}, ns(hop.mean_ns), el("span", { class: "ci" }, interval(hop.ci95))), ns(hop.p50_ns), ns(hop.p99_ns),
      ns(hop.raw_mean_ns), ns(hop.tap_cost_ns), el("td", {}, crossCpu(hop))]);
    const sum = [modeName(mode, styles), el("td", {}, el("strong", {}, "sum of hops")), ns(closure.hop_sum_ns), "", "", "", "", ""];
    const rest = [modeName(mode, styles), el("td", {}, el("strong", {}, "unexplained")),
      el("td", {}, signedNs(closure.unexplained_ns), el("span", { class: "ci" }, interval(closure.ci95))), "", "", "", "", ""];
    return mode.closure ? [...hops, sum, rest] : hops;
  });
  return dataTable([column("Mode"), column("hop"), column("mean", "ns"), column("median", "ns"), column("p99", "ns"),
    column("as observed", "ns"), column("taps", "ns"), column("cross-CPU")], rows, "Means add up, medians do not");
}

/** Hops that have no figure, and why. */
function invalidHops(modes) {
  const reasons = modes.flatMap((mode) => list(mode.hops).filter((hop) => hop.invalid)
    .map((hop) => el("li", {}, `${mode.name}: ${hop.from} → ${hop.to}: ${hop.invalid}`)));
  return reasons.length ? el("div", { class: "note" }, "Hops without a figure:", el("ul", {}, reasons)) : null;
}

function tapCosts(result) {
  const costs = object(result.tap_cost_ns);
  const said = [["in", "receive side"], ["out", "transmit side"]].filter(([key]) => isNumber(object(costs[key]).estimate))
    .map(([key, name]) => `${name} ${ns(costs[key].estimate)} ns ${interval(costs[key].ci95)}`);
  return said.length ? el("p", { class: "note" }, `One open tap costs a packet: ${said.join("; ")}.`) : null;
}

function hopsSection(result, styles) {
  const modes = list(result.modes).filter((mode) => list(mode.hops).length);
  if (!modes.length) return [el("p", { class: "lead" }, "No hop slot ran: only end-to-end figures in this result.")];
  const bars = modes.map(hopBar);
  const figure = chart("Mean time of each hop, stacked, one bar a mode", () => bars.length * 52 + 54,
    (svg, width, height) => drawHops(svg, width, height, bars));
  figure.prepend(el("div", { class: "controls" }, hopKey()));
  return [el("p", { class: "lead" }, "Measured in slots of their own with every tap open. The hops less the taps' cost must add ",
    "up to the untapped mean; what does not is called unexplained, not spread over the hops."),
  figure, invalidHops(modes), tapCosts(result), backlogNote(modes), hopTable(modes, styles)];
}
