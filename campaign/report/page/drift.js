// Did the machine hold still? One panel a lane: its figure in each build, over the time at which the build began.

/** An axis label without a unit. */
const plain = (value) => String(Number(value.toFixed(2))).replace("-", kMinus);

const kDriftViews = [["cost_ns", "cost in ns"], ["share", "share of host"], ["p50_ns", "median in ns"]];
const kDriftFormats = { cost_ns: (value) => `${signedNs(value)} ns`, share: signedShare, p50_ns: (value) => `${ns(value)} ns` };
const kDriftTicks = { share: (value) => `${plain(value * 100)} %` };
const kPanel = { height: 148, left: 62, right: 14, top: 26, bottom: 24 };

/** What the run says of a lane for one view: {estimate, ci95}; both may be missing. */
function laneEstimate(view, lane, key) {
  const control = { "=host": view.aa, "host#2": view.instance }[lane];
  if (control) return key === "cost_ns" ? { estimate: control.estimate_ns, ci95: control.ci95 } : {};
  const mode = object(list(view.modes).find((each) => each.name === lane));
  if (key === "p50_ns") return { estimate: object(mode.end_to_end_ns).p50, ci95: object(object(mode.end_to_end_ns).ci95).p50 };
  const cost = object(mode.cost_vs_host_ns);
  return object(key === "share" ? cost.share_of_host : cost.typical);
}

const buildsOf = (view) => list(view.builds).filter((build) => isNumber(object(build).begun_s))
  .sort((a, b) => a.begun_s - b.begun_s);

/** Lanes that have a figure in this view, modes first and in their order, with their points and what they scatter about. */
function driftLanes(view, key) {
  const builds = buildsOf(view);
  const names = [...new Set([...list(view.modes).map((mode) => mode.name),
    ...builds.flatMap((build) => Object.keys(object(build.lanes)))])];
  return names.map((name) => {
    const points = builds.filter((build) => !build.void).map((build) => {
      const lane = object(object(build.lanes)[name]);
      return { build, value: lane[key], half: key === "cost_ns" && isNumber(lane.within_se_ns) ? 1.96 * lane.within_se_ns : 0 };
    }).filter((point) => isNumber(point.value));
    const { estimate, ci95 } = laneEstimate(view, name, key);
    const centre = isNumber(estimate) ? estimate : d3.median(points, (point) => point.value);
    return { name, points, ci95: isInterval(ci95) ? ci95 : null, estimate: isNumber(estimate) ? estimate : null, centre };
  }).filter((lane) => lane.points.length);
}

/** Half the height of every panel, so that all show their scatter to one scale. A build's own interval may leave the panel. */
function driftReach(lanes) {
  const away = lanes.flatMap((lane) => [...lane.points.map((point) => Math.abs(point.value - lane.centre)),
    ...(lane.ci95 ?? []).map((end) => Math.abs(end - lane.centre))]);
  return (Math.max(...away) || Math.abs(lanes[0].centre) * 0.01 || 1) * 1.12;
}

function drawVoidBuilds(panel, view, x, top, bottom) {
  for (const build of buildsOf(view).filter((each) => each.void)) {
    const group = panel.append("g");
    group.append("rect").attr("class", "void").attr("x", x(build.begun_s) - 5).attr("width", 10).attr("y", top)
      .attr("height", bottom - top);
    group.append("text").attr("class", "void-mark").attr("x", x(build.begun_s)).attr("y", top + 12)
      .attr("text-anchor", "middle").text("×");
    tip(group.node(), `Build ${build.build} was thrown away`, [["why", list(build.reasons).join("; ") || "not recorded"]]);
  }
}

/** A build's figure, with the interval within the build as a thin line through it. */
function drawBuild(panel, lane, { build, value, half }, x, y, style, key) {
  const at = x(build.begun_s);
  const mark = panel.append("g");
  if (half) {
    mark.append("path").attr("class", "whisker thin").attr("style", `stroke:${style.colour}`)
      .attr("d", `M${at},${Math.min(y.range()[0], y(value - half))}V${Math.max(y.range()[1], y(value + half))}`);
  }
  mark.append("path").attr("d", glyph(style.symbol, lane.points.length > 24 ? 22 : 34)).attr("transform", `translate(${at},${y(value)})`)
    .attr("style", `fill:${style.colour}`);
  const rows = [["figure of this build", kDriftFormats[key](value)], ["began at", `${number(build.begun_s, 1)} s`]];
  if (half) rows.push(["within this build", `±${ns(half)} ns`]);
  tip(mark.node(), `${lane.name}, build ${build.build}`, rows, false);
}

/** The estimate as a line with its interval as a band, and the builds' figures. */
function drawLanePoints(panel, lane, x, y, style, key) {
  const [left, right] = x.range();
  if (lane.ci95) {
    const [low, high] = lane.ci95.map(y);
    panel.append("rect").attr("class", "lane-band").attr("style", `fill:${style.colour}`).attr("x", left)
      .attr("width", right - left).attr("y", high).attr("height", Math.max(1, low - high));
  }
  if (lane.estimate !== null) {
    panel.append("line").attr("class", "lane-estimate").attr("style", `stroke:${style.colour}`).attr("x1", left).attr("x2", right)
      .attr("y1", y(lane.estimate)).attr("y2", y(lane.estimate));
  }
  for (const point of lane.points) drawBuild(panel, lane, point, x, y, style, key);
}

function drawPanel(svg, at, wide, lane, reach, view, key, style) {
  const panel = svg.append("g").attr("transform", `translate(${at[0]},${at[1]})`);
  const [left, right, top, bottom] = [kPanel.left, wide - kPanel.right, kPanel.top, kPanel.height - kPanel.bottom];
  const last = Math.max(1, ...buildsOf(view).map((build) => build.begun_s));
  const x = d3.scaleLinear().domain([-0.02 * last, last * 1.03]).range([left, right]);
  const y = d3.scaleLinear().domain([lane.centre - reach, lane.centre + reach]).range([bottom, top]);
  axis(panel, "bottom", x, { at: bottom, length: 0, ticks: Math.max(3, Math.round(wide / 110)),
    format: (value) => (value < 0 ? "" : `${value} s`) });
  axis(panel, "left", y, { at: left, length: right - left, ticks: 4, format: kDriftTicks[key] ?? plain });
  const title = panel.append("text").attr("x", left).attr("y", 15);
  title.append("tspan").attr("style", "font-weight:600").text(shorten(lane.name, (right - left) / 12));
  title.append("tspan").attr("class", "soft").text(lane.estimate === null ? "" : `  ${kDriftFormats[key](lane.estimate)}`);
  if (y.domain()[0] < 0 && y.domain()[1] > 0 && key !== "p50_ns") {
    panel.append("line").attr("class", "zero").attr("x1", left).attr("x2", right).attr("y1", y(0)).attr("y2", y(0));
  }
  drawVoidBuilds(panel, view, x, top, bottom);
  drawLanePoints(panel, lane, x, y, style, key);
}

const driftColumns = (width) => (width >= 640 ? 2 : 1);

function drawDrift(svg, width, view, styles, key) {
  const lanes = driftLanes(view, key);
  const columns = driftColumns(width);
  const reach = driftReach(lanes);
  lanes.forEach((lane, i) => {
    const style = styles.get(lane.name) ?? kControlStyles[lane.name] ?? kControlStyles["=host"];
    const at = [(i % columns) * (width / columns), Math.floor(i / columns) * kPanel.height];
    drawPanel(svg, at, width / columns, lane, reach, view, key, style);
  });
}

function driftTable(view, styles) {
  const builds = buildsOf(view);
  const names = [...new Set([...driftLanes(view, "p50_ns"), ...driftLanes(view, "cost_ns")].map((lane) => lane.name))];
  const head = [column("Build"), column("began", "s"), ...names.map((name) => el("th", { scope: "col" },
    swatch(styles.get(name) ?? kControlStyles[name] ?? kControlStyles["=host"]), name))];
  const cell = (build, name) => {
    const lane = object(object(build.lanes)[name]);
    if (isNumber(lane.cost_ns)) return withInterval(signedNs(lane.cost_ns), isNumber(lane.share) ? signedShare(lane.share) : null);
    return isNumber(lane.p50_ns) ? withInterval(ns(lane.p50_ns), "median") : "–";
  };
  const rows = builds.map((build) => {
    const reason = list(build.reasons).join("; ") || "not recorded";
    const cells = build.void ? [el("td", { class: "left bad wrap", colspan: names.length }, `thrown away: ${reason}`)]
      : names.map((name) => cell(build, name));
    return [String(build.build), number(build.begun_s, 1), ...cells];
  });
  return dataTable(head, rows, "Cost of each lane against host in each build, ns. Below it: its share of host's time. Of host: its median.");
}

function driftSection(view, styles) {
  const views = kDriftViews.filter(([key]) => driftLanes(view, key).length);
  if (!views.length) return [lead("No build was recorded.")];
  let [[key]] = views;
  const rows = (width) => Math.ceil(driftLanes(view, key).length / driftColumns(width));
  const figure = chart("Figure of each build, one panel a lane, over the time at which the build began",
    (width) => rows(width) * kPanel.height, (svg, width) => drawDrift(svg, width, view, styles, key));
  figure.prepend(el("div", { class: "controls" }, el("span"), choice("Figure", views, key, (chosen) => {
    key = chosen;
    figure.redraw();
  })));
  const voids = buildsOf(view).some((build) => build.void);
  return [lead("Each point is one build, as it went. The band is the 95 % interval of the whole run, the line in it the estimate. ",
    "A thin line through a point: how far that build's own figure may be off. All panels have the same scale, so their scatter can be ",
    "compared. Points that climb or fall together are the machine changing its speed; the share of host leaves most of that out.",
    voids ? " Marked with ×: a build that was thrown away. It is in no figure." : ""), figure, driftTable(view, styles)];
}
