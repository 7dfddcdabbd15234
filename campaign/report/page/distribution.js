// Latency on a percentile axis, as HdrHistogram users know it: x is log of 1/(1-q), one line a mode.

const nines = (q) => -Math.log10(1 - q);

/** Value of a series at quantile q, or null beyond its last packet. `points`: [q, ns] ascending. */
function valueAt(series, q) {
  const { points } = series;
  if (!points.length || q > points[points.length - 1][0]) return null;
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < q) low = middle + 1;
    else high = middle;
  }
  return points[low][1];
}

/** y scale: log over everything, or linear over what is claimed (outliers run out of the top). */
function latencyScale(series, range, log) {
  const all = series.flatMap((one) => one.points.map((point) => point[1]));
  const claimed = series.flatMap((one) => one.points.filter((point) => point[0] <= one.limit_q).map((point) => point[1]));
  const low = Math.max(1, Math.min(...all));
  if (log) return d3.scaleLog().domain([low * 0.92, Math.max(low * 2, ...all) * 1.1]).range(range);
  const high = Math.max(low, ...(claimed.length ? claimed : all));
  return d3.scaleLinear().domain([0, high * 1.05]).range(range).nice();
}

/** 1, 2 and 5 of each decade, fewer when there are many decades. */
function logTicks([low, high]) {
  const ticks = [];
  const wide = Math.log10(high / low) > 3;
  for (let decade = 10 ** Math.floor(Math.log10(low)); decade <= high; decade *= 10) {
    for (const step of wide ? [1] : [1, 2, 5]) ticks.push(decade * step);
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

function drawLines(svg, series, x, y, styles) {
  const line = d3.line().x((point) => x(nines(point[0]))).y((point) => y(point[1]));
  series.forEach((one, i) => {
    const style = one.style || styles.get(one.mode) || { colour: `var(--s${(i % kSeriesColours) + 1})` };
    const inside = one.points.filter((point) => point[0] <= one.limit_q);
    const beyond = one.points.slice(Math.max(0, inside.length - 1));
    for (const [points, name] of [[inside, "line"], [beyond, "line beyond"]]) {
      svg.append("path").attr("class", name).attr("data-mode", one.name).attr("d", line(points))
        .attr("style", `stroke:${style.colour}`).attr("stroke-dasharray", name === "line" ? style.dash : null);
    }
    const end = inside[inside.length - 1];
    if (!end) return;
    svg.append("circle").attr("data-mode", one.name).attr("r", 3).attr("cx", x(nines(end[0]))).attr("cy", y(end[1]))
      .attr("style", `fill:${style.colour}`);
  });
}

/** A vertical line at the pointer and every series' value there. */
function crosshair(svg, figure, series, x, top, bottom) {
  const [left, right] = x.range();
  const cross = svg.append("line").attr("class", "cross off").attr("y1", top).attr("y2", bottom);
  const plate = svg.append("rect").attr("class", "catch").attr("x", left).attr("width", right - left).attr("y", top)
    .attr("height", bottom - top).node();
  plate.addEventListener("pointermove", (event) => {
    const box = svg.node().getBoundingClientRect();
    const at = (event.clientX - box.left) * (svg.node().viewBox.baseVal.width / box.width);
    const q = 1 - 10 ** -Math.max(0, x.invert(at));
    cross.classed("off", false).attr("x1", at).attr("x2", at);
    const rows = series.filter((one) => !figure.hidden_.has(one.name)).map((one) => {
      const value = valueAt(one, q);
      if (value === null) return [one.name, q > one.limit_q && one.lost ? "lost" : "no packet so late"];
      return [one.name, q > one.limit_q ? `(${ns(value)} ns, not claimed)` : `${ns(value)} ns`];
    });
    showTip({ title: `${quantileLabel(q)} of packets within`, rows }, event.clientX, event.clientY);
  });
  plate.addEventListener("pointerleave", () => {
    cross.classed("off", true);
    hideTip();
  });
}

function drawDistribution(svg, width, height, figure, series, styles, log) {
  const [left, right, top, bottom] = [68, width - 16, 24, height - 46];
  const deepest = Math.max(1, ...series.flatMap((one) => one.points.map((point) => nines(point[0]))));
  const x = d3.scaleLinear().domain([0, deepest]).range([left, right]);
  const y = latencyScale(series, [bottom, top], log);
  const marks = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999, 0.9999999].filter((q) => nines(q) <= deepest);
  axis(svg, "bottom", x, { at: bottom, length: bottom - top, ticks: marks.map(nines),
    format: (value) => quantileLabel(1 - 10 ** -value), title: "share of packets within (axis: 1/(1−q), logarithmic)",
    titleAt: [right, height - 4] });
  axis(svg, "left", y, { at: left, length: right - left, ticks: log ? logTicks(y.domain()) : 7, format: axisTime,
    title: `one-way latency${log ? " (log)" : ""}`, titleAt: [4, 11] });
  const clip = "plot-area";
  svg.append("clipPath").attr("id", clip).append("rect").attr("x", left).attr("y", top - 3).attr("width", right - left + 8)
    .attr("height", bottom - top + 6);
  drawLines(svg.append("g").attr("clip-path", `url(#${clip})`), series, x, y, styles);
  crosshair(svg, figure, series, x, top, bottom);
}

/** The chosen group: end to end of every mode, or the hops of one mode. */
function distributionFigure(series, styles) {
  let log = true;
  const figure = chart("Latency over the share of packets within it, one line a mode", () => 420,
    (svg, width, height) => drawDistribution(svg, width, height, figure, series, styles, log));
  const seriesStyles = new Map(series.map((one, i) => [one.name, one.hop
    ? { colour: `var(--s${(i % kSeriesColours) + 1})`, dash: kDashes[Math.floor(i / kSeriesColours) % 4], symbol: kSymbols[i % 6] }
    : styles.get(one.mode)]));
  for (const one of series) one.style = seriesStyles.get(one.name);
  figure.prepend(el("div", { class: "controls" }, legend(figure, series.map((one) => one.name), seriesStyles),
    choice("Latency scale", [[true, "log"], [false, "linear"]], log, (value) => {
      log = value;
      figure.redraw();
    })));
  const marks = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
  const cell = (one, q) => (q > one.limit_q ? "–" : ns(valueAt(one, q)));
  return [figure, dataTable([column("Series"), ...marks.map((q) => column(quantileLabel(q), "ns")), column("packets")],
    series.map((one) => [one.name, ...marks.map((q) => cell(one, q)), number(one.count)]),
    "Values of the lines; a dash where too few packets lie beyond.")];
}

function distributionSection(data, level, styles) {
  const series = list(data.series).filter((one) => (one.level ?? 0) === level);
  const explain = lead("How many packets arrive within what time. A line is solid as long as at least 100 packets " +
    "lie beyond. Its dotted rest was seen but is no claim. A lost packet counts as infinitely late. Point at the plot to read all " +
    "lines at once.");
  const groups = new Map([["End to end, every mode", series.filter((one) => !one.hop)]]);
  for (const one of series.filter((each) => each.hop)) {
    const group = `Hops of ${one.mode}, all taps open`;
    groups.set(group, (groups.get(group) || []).concat(one));
  }
  const named = [...groups].filter(([, members]) => members.length);
  if (!named.length) return [lead("No histogram in this folder holds a packet, or none could be read.")];
  const place = el("div");
  const show = (members) => {
    place.replaceChildren(...distributionFigure(members, styles));
    place.firstChild.start();
  };
  const select = el("select", { "aria-label": "Which distributions" }, named.map(([name], i) => el("option", { value: i }, name)));
  select.addEventListener("change", () => show(named[Number(select.value)][1]));
  place.start = () => show(named[0][1]);
  return [explain, named.length > 1 ? select : null, place];
}
