// Where the time goes: the median of each hop, stacked; together they are the median from end to end.

const kRounding = 0.05; // ns: sums of printed figures may differ by that much

/** A colour for each tap at which a hop ends, the same in every mode. */
function hopColours(modes) {
  const names = [...new Set(modes.flatMap((mode) => list(mode.hops).map((hop) => String(hop.to))))];
  return new Map(names.map((name, i) => [name, `var(--s${(i % kSeriesColours) + 1})`]));
}

/** A mode's bar: segments with their start. A hop below 0 is drawn backwards, so that the sum stays right. */
function hopBar(mode, colours) {
  let at = 0;
  const hops = list(mode.hops);
  const segments = hops.filter((hop) => isNumber(hop.p50_ns)).map((hop) => {
    const start = at;
    at += hop.p50_ns;
    return { hop, start, end: at, colour: colours.get(String(hop.to)) };
  });
  const endToEnd = object(mode.end_to_end_ns).p50;
  const whole = segments.length === hops.length && isNumber(endToEnd);
  return { mode, segments, sum: at, endToEnd: isNumber(endToEnd) ? endToEnd : null, whole,
    reach: Math.max(0, endToEnd ?? 0, ...segments.map((one) => one.end)) };
}

const partOf = (hop) => (hop.part ? ` (${hop.part})` : "");
const nsText = (value) => (isNumber(value) ? `${ns(value)} ns` : "–");

/** Share of the packets that changed the CPU, and the medians of either kind where both are there. */
function crossCpu(hop) {
  const cpu = object(hop.cpu);
  if (!isNumber(cpu.cross_share)) return "not known";
  const both = isNumber(cpu.cross_p50_ns) && isNumber(cpu.same_p50_ns);
  return percent(cpu.cross_share, 1) + (both ? `: median ${ns(cpu.cross_p50_ns)} ns, of the others ${ns(cpu.same_p50_ns)} ns` : "");
}

/** Who serves the backlogs that the taps tell of. */
function backlogNote(modes) {
  const waits = modes.flatMap((mode) => list(mode.hops).filter((hop) => hop.part === "backlog wait" && isNumber(hop.p50_ns)));
  if (!waits.length) return null;
  const most = Math.max(...waits.map((hop) => object(hop.cpu).cross_share ?? 0));
  return el("p", { class: "note" }, most > 0
    ? `Backlog wait: another CPU served up to ${percent(most, 1)} of the packets.`
    : "Backlog wait: the sender's CPU serves the backlog before its system call returns. The wait is that CPU's other work.");
}

function hopTip(hop) {
  const tap = object(hop.tap_cost_ns);
  const watched = object(hop.watched);
  const rows = [["median", nsText(hop.p50_ns)], ["95 % interval", `${interval(hop.ci95)} ns`], ["changed the CPU", crossCpu(hop)]];
  if (isNumber(tap.estimate)) {
    rows.push([`an open tap at ${hop.to} costs`, `${ns(tap.estimate)} ns ${interval(tap.ci95)}, in no figure`]);
  }
  if (isNumber(watched.p50_ns)) {
    rows.push(["with all taps open", `median ${nsText(watched.p50_ns)}, p99 ${nsText(watched.p99_ns)}`]);
  }
  return rows;
}

function drawSegments(svg, bar, x, y, thick) {
  for (const { hop, start, end, colour } of bar.segments) {
    const [low, high] = [Math.min(start, end), Math.max(start, end)].map(x);
    const wide = high - low;
    const group = svg.append("g");
    group.append("rect").attr("x", low).attr("width", Math.max(1, wide - 1)).attr("y", y).attr("height", thick)
      .attr("style", end < start ? `fill:none;stroke:${colour}` : `fill:${colour}`);
    const label = `${hop.to} ${ns(hop.p50_ns)}`;
    const text = wide > label.length * 7.2 + 10 ? label : wide > 36 ? ns(hop.p50_ns) : "";
    if (text) group.append("text").attr("class", "inside").attr("x", low + 6).attr("y", y + thick / 2 + 4).text(text);
    tip(group.node(), `${bar.mode.name}: ${hop.from} → ${hop.to}${partOf(hop)}`, hopTip(hop));
  }
}

/** A tick where the median from end to end is: the bar ends there. */
function drawEnd(svg, bar, x, y, thick) {
  if (bar.endToEnd === null) return;
  const at = x(bar.endToEnd);
  svg.append("path").attr("class", "whisker").attr("style", "stroke:var(--ink)").attr("d", `M${at},${y - 4}V${y + thick + 4}`);
  svg.append("text").attr("x", at + 7).attr("y", y + thick / 2 + 4).attr("style", "font-weight:600").text(ns(bar.endToEnd));
}

function drawHops(svg, width, height, bars) {
  const left = Math.min(150, width * 0.22);
  const [top, bottom, right] = [6, height - 44, width - 60];
  const x = d3.scaleLinear().domain([0, Math.max(1, ...bars.map((bar) => bar.reach))]).range([left, right]);
  axis(svg, "bottom", x, { at: bottom, length: bottom - top, ticks: Math.round(width / 130), format: axisTime,
    title: "median time of each hop", titleAt: [right, height - 6] });
  const step = (bottom - top) / bars.length;
  bars.forEach((bar, i) => {
    const y = top + step * i + step / 2 - 14;
    svg.append("text").attr("x", left - 14).attr("y", y + 18).attr("text-anchor", "end")
      .text(shorten(bar.mode.name, left / 7.6)).append("title").text(bar.mode.name);
    drawSegments(svg, bar, x, y, 28);
    drawEnd(svg, bar, x, y, 28);
  });
}

const hopName = (mode, hop, styles) => modeName(mode, styles, `${hop.from} → ${hop.to}${partOf(hop)}`);

/** The last row of a mode: what the hops add up to, and whether that is the median from end to end. */
function sumRow(bar, styles) {
  const said = (text, good) => el("td", { class: `left wrap ${good ? "good" : "bad"}`, colspan: 5 }, text);
  const name = modeName(bar.mode, styles, "sum of the hops");
  if (!bar.whole) return [name, "–", el("td", { class: "left wrap", colspan: 5 }, "not every hop has a figure")];
  const holds = Math.abs(bar.sum - bar.endToEnd) <= kRounding;
  return [name, el("td", {}, el("strong", {}, ns(bar.sum))),
    said(holds ? "is the median from end to end" : `differs from the median from end to end, ${ns(bar.endToEnd)}`, holds)];
}

function hopTable(bars, styles) {
  const rows = bars.flatMap((bar) => [...list(bar.mode.hops).map((hop) => {
    const [tap, watched] = [object(hop.tap_cost_ns), object(hop.watched)];
    return [hopName(bar.mode, hop, styles), figureCell(hop.p50_ns, hop.ci95, hop.invalid || "one of the two taps was not measured"),
      figureCell(tap.estimate, tap.ci95, "the end is always open, so its own cost is not known"), figureCell(watched.p50_ns),
      figureCell(watched.p99_ns),
      number(watched.count), el("td", { class: "wrap" }, crossCpu(hop))];
  }), sumRow(bar, styles)]);
  return dataTable([column("Hop"), column("median", "ns"), narrow("an open tap there costs"), narrow("all taps open: median"),
    narrow("all taps open: p99"), narrow("all taps open: packets"), narrow("changed the CPU")], rows,
  "Below a median and a tap's cost: the 95 % interval over builds. A tap's cost is in no other figure.");
}

/** Hops that have no figure, by the reason. */
function invalidHops(modes) {
  const reasons = new Map();
  for (const [mode, hop] of modes.flatMap((each) => list(each.hops).filter((one) => one.invalid).map((one) => [each, one]))) {
    const reason = String(hop.invalid);
    reasons.set(reason, (reasons.get(reason) || []).concat(`${mode.name} ${hop.from} → ${hop.to}`));
  }
  return reasons.size ? el("div", { class: "note" }, "Hops without a figure:",
    el("ul", {}, [...reasons].map(([reason, hops]) => el("li", {}, `${reason}: ${hops.join("; ")}`)))) : null;
}

/** The slots with all taps open: what they took longer, and how much less that is than what the taps cost one by one. */
function allTapsTable(modes, styles) {
  const seen = modes.filter((mode) => mode.all_taps);
  if (!seen.length) return null;
  return table([column("Mode"), narrow("longer with all taps open", "ns"), narrow("what the taps cost one by one", "ns"),
    narrow("work that they share", "ns")], seen.map((mode) => {
    const all = object(mode.all_taps);
    return [modeName(mode, styles), figureCell(all.excess_ns, all.ci95), figureCell(all.taps_ns), figureCell(all.shared_ns, all.shared_ci95)];
  }), "In some slots all taps were open at once, and each tap costs a packet time. Together they cost less than one by one, because " +
    "the first tap that a packet meets brings the code of all of them into the cache.", true);
}

function hopsSection(view, styles) {
  const modes = list(view.modes).filter((mode) => list(mode.hops).length);
  if (!modes.length) return [lead("Hops were not measured. This result holds figures from end to end alone.")];
  const colours = hopColours(modes);
  const bars = modes.map((mode) => hopBar(mode, colours));
  const figure = chart("Median time of each hop, stacked, one bar a mode", () => bars.length * 52 + 54,
    (svg, width, height) => drawHops(svg, width, height, bars));
  figure.prepend(el("div", { class: "controls" }, el("div", { class: "legend" }, [...colours].map(([name, colour]) =>
    el("span", { class: "key" }, el("i", { class: "chip", style: `background:${colour}` }), `to ${name}`)))));
  return [lead("Each piece of a bar is a hop: the way to the next tap, named after the tap where it ends. The arrival ",
    "at a tap was measured with no earlier tap open, so no tap's own cost is in a hop. The medians add up to the median from end to ",
    "end, which is the line at the end of the bar.",
    bars.every((bar) => bar.whole) ? null : " Where a bar ends before its line, the rest has no figure."),
  figure, invalidHops(modes), backlogNote(modes), hopTable(bars, styles), allTapsTable(modes, styles)];
}
