// Each mode's cost against host as a bar of its interval, with the two controls below: where there is nothing to find.

const kControlStyles = {
  "=host": { colour: "var(--faint)", dash: null, symbol: d3.symbolCircle },
  "host#2": { colour: "var(--faint)", dash: "4 3", symbol: d3.symbolSquare },
};
const kControls = { "=host": "same instance", "host#2": "other instances" };

/** Rows of the chart: modes by cost, then the controls. */
function costRows(view, styles) {
  const rows = list(view.modes).filter((mode) => isNumber(object(mode.cost_vs_host_ns).estimate))
    .map((mode) => ({ name: mode.name, ...mode.cost_vs_host_ns, style: styles.get(mode.name) }))
    .sort((a, b) => b.estimate - a.estimate);
  for (const [name, pair] of [["=host", object(view.aa)], ["host#2", object(view.instance)]]) {
    if (!isNumber(pair.estimate_ns)) continue;
    rows.push({ ...pair, name, control: kControls[name], estimate: pair.estimate_ns, style: kControlStyles[name] });
  }
  return rows;
}

const pText = (p) => (!isNumber(p) ? "–" : p < 0.0005 ? "< 0.0005" : number(p, 4));

function costTip(row) {
  const share = object(row.share_of_host);
  const rows = [["estimate", `${signedNs(row.estimate)} ns`], ["95 % interval, over builds", `${interval(row.ci95)} ns`]];
  if (isInterval(row.within_build_ci95)) rows.push(["if all builds were alike", `${interval(row.within_build_ci95)} ns`]);
  if (isNumber(row.between_build_sd)) rows.push(["builds differ by (SD)", `${ns(row.between_build_sd)} ns`]);
  if (isNumber(share.estimate)) rows.push(["share of host", `${signedShare(share.estimate)} ${shareInterval(share.ci95)}`]);
  if (row.control) {
    rows.push(["holds 0", row.holds_zero === true ? "yes" : row.holds_zero === false ? "no" : "not known"]);
    return rows;
  }
  if (isNumber(row.p_holm)) rows.push(["p, after Holm", pText(row.p_holm)]);
  rows.push(["builds", number(row.builds)], ["verdict", kVerdicts[row.verdict] || "–"]);
  return rows;
}

/** Thick: the interval over builds; hollow when nothing was shown. Thin, below: the interval within one build. */
function drawCostRow(svg, row, x, y) {
  const decided = row.control || ["higher", "lower", "same"].includes(row.verdict);
  const group = svg.append("g");
  const { colour } = row.style;
  if (isInterval(row.ci95)) {
    const [low, high] = row.ci95.map(x);
    group.append("rect").attr("x", low).attr("width", Math.max(2, high - low)).attr("y", y - 5).attr("height", 10).attr("rx", 1.5)
      .attr("style", `fill:${decided ? colour : "var(--paper)"};fill-opacity:${decided ? 0.55 : 1};stroke:${colour}`);
  }
  if (isInterval(row.within_build_ci95)) {
    const [low, high] = row.within_build_ci95.map(x);
    group.append("path").attr("class", "whisker thin").attr("style", `stroke:${colour}`)
      .attr("d", `M${low},${y + 9}v6M${low},${y + 12}H${high}M${high},${y + 9}v6`);
  }
  group.append("path").attr("class", "whisker").attr("style", `stroke:${colour};stroke-width:2.5`)
    .attr("d", `M${x(row.estimate)},${y - 9}V${y + 9}`);
  group.append("rect").attr("class", "catch").attr("x", 0).attr("y", y - 20).attr("width", x.range()[1]).attr("height", 40);
  tip(group.node(), row.control ? `${row.name}: host again, ${row.control}` : row.name, costTip(row));
}

/** The interval of =host as a band, and plus or minus the smallest cost the run would find as dotted lines. */
function drawFloor(svg, view, x, top, bottom) {
  const ci = object(view.aa).ci95;
  if (isInterval(ci)) {
    svg.append("rect").attr("class", "band").attr("x", x(ci[0])).attr("width", Math.max(1, x(ci[1]) - x(ci[0])))
      .attr("y", top).attr("height", bottom - top);
  }
  for (const edge of isNumber(view.mde_ns) ? [-view.mde_ns, view.mde_ns] : []) {
    const at = x(edge);
    if (at < x.range()[0] || at > x.range()[1]) continue;
    svg.append("line").attr("class", "mde").attr("x1", at).attr("x2", at).attr("y1", top).attr("y2", bottom);
  }
  svg.append("line").attr("class", "zero").attr("x1", x(0)).attr("x2", x(0)).attr("y1", top).attr("y2", bottom);
}

/** Name at the left, figures at the right, two lines each. */
function drawCostText(svg, row, labels, at, y) {
  svg.append("text").attr("x", labels - 14).attr("y", y + (row.control ? -3 : 4)).attr("text-anchor", "end")
    .text(shorten(row.name, labels / 8.2)).append("title").text(row.name);
  if (row.control) {
    svg.append("text").attr("class", "soft").attr("x", labels - 14).attr("y", y + 13).attr("text-anchor", "end").text(row.control);
  }
  const share = object(row.share_of_host);
  const text = svg.append("text").attr("x", at).attr("y", y + (isNumber(share.estimate) ? -3 : 4));
  text.append("tspan").attr("style", "font-weight:600").text(`${signedNs(row.estimate)} ns`);
  text.append("tspan").attr("class", "soft").text(`  ${interval(row.ci95)}`);
  if (!isNumber(share.estimate)) return;
  svg.append("text").attr("class", "soft").attr("x", at).attr("y", y + 13)
    .text(`${signedShare(share.estimate)}  ${isInterval(share.ci95) ? shareInterval(share.ci95) : ""}`);
}

function drawCosts(svg, width, height, view, rows, symlog) {
  const labels = Math.max(140, Math.min(190, width * 0.24));
  const figures = Math.max(180, Math.min(200, width * 0.26));
  const [top, bottom] = [8, height - 44];
  const values = rows.flatMap((row) => [row.estimate, ...list(row.ci95), ...list(row.within_build_ci95)]);
  const x = differenceScale(values, [labels, width - figures], symlog);
  axis(svg, "bottom", x, { at: bottom, length: bottom - top, ticks: symlog ? symlogTicks(x) : Math.max(3, Math.round(width / 150)),
    format: axisTime, title: `cost against host${symlog ? " (symmetric-log axis)" : ""}`, titleAt: [width - figures, height - 6] });
  drawFloor(svg, view, x, top, bottom);
  const step = (bottom - top) / rows.length;
  rows.forEach((row, i) => {
    const y = top + step * (i + 0.5) - 3;
    drawCostText(svg, row, labels, width - figures + 14, y);
    drawCostRow(svg, row, x, y);
  });
}

/** Cuts a label to about `room` characters. */
const shorten = (text, room) => (text.length > room ? `${text.slice(0, Math.max(3, Math.floor(room) - 1))}…` : text);

/** What the chart shows, of what this run has. */
function costsLead(view, rows) {
  if (!rows.some((row) => isInterval(row.ci95))) {
    return lead("Upright line: the cost so far. The interval to go by takes more builds than this run has.",
      rows.some((row) => isInterval(row.within_build_ci95))
        ? " Thin line below: the interval that would be right if all builds were alike, which they are not." : null);
  }
  return lead("Upright line: the cost. Thick bar: its 95 % interval over builds, the one to go by. It is hollow where ",
    "nothing was shown. Thin line below: the interval that would be right if all builds were alike.",
    isInterval(object(view.aa).ci95) ? " The grey band is the interval of =host, which is host measured against itself: the run finds " +
      "that much where there is nothing to find." : null,
    isNumber(view.mde_ns) ? ` Dotted: the smallest cost this run would have found, ±${ns(view.mde_ns)} ns.` : null);
}

function costsSection(view, styles) {
  const rows = costRows(view, styles);
  if (!rows.length) return [lead("No cost to show. It takes host, another mode and one whole build.")];
  let symlog = wantsLog(rows.map((row) => row.estimate));
  const figure = chart("Cost of each mode against host with 95 % intervals", () => rows.length * 50 + 56,
    (svg, width, height) => drawCosts(svg, width, height, view, rows, symlog));
  const scale = choice("Scale", [[false, "linear"], [true, "symmetric log"]], symlog, (value) => {
    symlog = value;
    figure.redraw();
  });
  figure.prepend(el("div", { class: "controls" }, el("span"), scale));
  return [costsLead(view, rows), figure, costTable(view, styles), widenedNote(view), chainsTable(view),
    pairsTable(view)];
}
