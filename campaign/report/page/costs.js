// Dot and whisker: each mode's cost against host, with the controls as the floor under all of them.

/** Rows of the chart: modes by cost, then the controls: what should not differ. */
function costRows(result, styles) {
  const rows = list(result.modes).filter((mode) => isNumber(object(mode.cost_vs_host_ns).estimate))
    .map((mode) => ({ name: mode.name, mode: mode.name, ...mode.cost_vs_host_ns, style: styles.get(mode.name) }))
    .sort((a, b) => b.estimate - a.estimate);
  const control = (pair, name, verdict) => {
    if (!isNumber(object(pair).estimate_ns)) return;
    rows.push({ name, estimate: pair.estimate_ns, ci95: pair.ci95, verdict,
      style: { colour: "var(--faint)", symbol: d3.symbolCircle } });
  };
  control(result.aa, `A/A: ${object(result.aa).mode} twice`, "aa");
  control(result.rebuild, `${object(result.rebuild).mode}, a second build`, "rebuild");
  return rows;
}

/** Whisker with end caps at height y. */
function whisker(group, x, ci, y, cap, colour, className) {
  if (!isInterval(ci)) return;
  const [low, high] = ci.map(x);
  group.append("path").attr("class", `whisker ${className}`).attr("style", `stroke:${colour}`)
    .attr("d", `M${low},${y - cap}V${y + cap}M${low},${y}H${high}M${high},${y - cap}V${y + cap}`);
}

const kControls = { aa: "noise floor: should hold 0", rebuild: "what two instances of one mode differ by" };

function costTip(row) {
  const rows = [["estimate", `${signedNs(row.estimate)} ns`], ["95 % interval", `${interval(row.ci95)} ns`]];
  if (isInterval(row.bootstrap_ci95)) rows.push(["bootstrap", `${interval(row.bootstrap_ci95)} ns`]);
  if (isNumber(object(row.mean).estimate)) rows.push(["by means", `${signedNs(row.mean.estimate)} ns`]);
  if (isNumber(row.p_holm)) rows.push(["p (Holm)", row.p_holm < 0.0005 ? "< 0.0005" : number(row.p_holm, 4)]);
  rows.push(["verdict", kControls[row.verdict] || kVerdicts[row.verdict] || "–"]);
  return rows;
}

function drawCostRow(svg, row, x, y) {
  const decided = ["higher", "lower"].includes(row.verdict);
  const group = svg.append("g");
  whisker(group, x, row.ci95, y, 6, row.style.colour, "");
  whisker(group, x, row.bootstrap_ci95, y + 11, 3, row.style.colour, "thin");
  group.append("path").attr("d", glyph(row.style.symbol, 70)).attr("transform", `translate(${x(row.estimate)},${y})`)
    .attr("style", `fill:${decided ? row.style.colour : "var(--paper)"};stroke:${row.style.colour};stroke-width:2`);
  group.append("rect").attr("class", "catch").attr("x", 0).attr("y", y - 18).attr("width", x.range()[1]).attr("height", 36);
  tip(group.node(), row.name, costTip(row));
}

/** The A/A interval as a band, and plus or minus the smallest cost the run can see as dotted lines. */
function drawFloor(svg, result, x, top, bottom) {
  const ci = object(result.aa).ci95;
  if (isInterval(ci)) {
    svg.append("rect").attr("class", "band").attr("x", x(ci[0])).attr("width", Math.max(1, x(ci[1]) - x(ci[0])))
      .attr("y", top).attr("height", bottom - top);
  }
  for (const edge of isNumber(result.mde_ns) ? [-result.mde_ns, result.mde_ns] : []) {
    const at = x(edge);
    if (at < x.range()[0] || at > x.range()[1]) continue;
    svg.append("line").attr("class", "mde").attr("x1", at).attr("x2", at).attr("y1", top).attr("y2", bottom);
  }
  svg.append("line").attr("class", "zero").attr("x1", x(0)).attr("x2", x(0)).attr("y1", top).attr("y2", bottom);
}

function drawCosts(svg, width, height, result, rows, symlog) {
  const labels = Math.min(190, width * 0.26);
  const figures = Math.max(140, Math.min(170, width * 0.26));
  const [top, bottom] = [8, height - 44];
  const values = rows.flatMap((row) => [row.estimate, ...list(row.ci95), ...list(row.bootstrap_ci95)]);
  const x = differenceScale(values.concat(list(object(result.aa).ci95)), [labels, width - figures], symlog);
  axis(svg, "bottom", x, { at: bottom, length: bottom - top, ticks: symlog ? symlogTicks(x) : Math.round(width / 130),
    format: axisTime, title: `cost against host${symlog ? " (symmetric-log axis)" : ""}`, titleAt: [width - figures, height - 6] });
  drawFloor(svg, result, x, top, bottom);
  const step = (bottom - top) / rows.length;
  rows.forEach((row, i) => {
    const y = top + step * (i + 0.5) - 3;
    svg.append("text").attr("x", labels - 14).attr("y", y + 4).attr("text-anchor", "end").text(shorten(row.name, labels / 7.2))
      .append("title").text(row.name);
    drawCostRow(svg, row, x, y);
    const text = svg.append("text").attr("x", width - figures + 14).attr("y", y + 4);
    text.append("tspan").attr("style", "font-weight:600").text(signedNs(row.estimate));
    text.append("tspan").attr("class", "soft").text(`  ${interval(row.ci95)}`);
  });
}

/** Cuts a label to about `room` characters. */
const shorten = (text, room) => (text.length > room ? `${text.slice(0, Math.max(3, Math.floor(room) - 1))}…` : text);

function costsSection(result, styles) {
  const rows = costRows(result, styles);
  const explain = el("p", { class: "lead" }, "Difference of medians, mode less host, estimated from differences inside " +
    "blocks. Thick whisker: 95 % interval; thin: bootstrap cross-check. Filled mark: a difference was shown; hollow: not. ",
  "The grey band is a mode measured against itself (A/A): what this run finds where there is nothing to find",
  isNumber(result.mde_ns) ? `; dotted: the smallest cost it can see, ±${ns(result.mde_ns)} ns.` : ".");
  if (!rows.length) return [el("p", { class: "lead" }, "No cost to show: this takes host, another mode and enough blocks.")];
  let symlog = wantsLog(rows.map((row) => row.estimate));
  const figure = chart("Cost of each mode against host with 95 % intervals", () => rows.length * 44 + 56,
    (svg, width, height) => drawCosts(svg, width, height, result, rows, symlog));
  const scale = choice("Scale", [[false, "linear"], [true, "symmetric log"]], symlog, (value) => {
    symlog = value;
    figure.redraw();
  });
  figure.prepend(el("div", { class: "controls" }, el("span"), scale));
  return [explain, figure, costTable(result, styles), pairsTable(result)];
}
