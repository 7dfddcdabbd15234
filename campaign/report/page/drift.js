// Did the machine hold still? One point a block and mode; void blocks are marked.

const kDriftViews = [["p50_ns", "median"], ["mean_ns", "mean"], ["cost_ns", "cost vs host"]];

function driftLines(result, key) {
  return list(result.modes).map((mode) => ({ name: mode.name,
    points: list(mode.blocks).filter((block) => isNumber(block.block)).map((block) => ({ block: block.block, value: block[key] })) }))
    .filter((mode) => mode.points.some((point) => isNumber(point.value)));
}

/** Blocks in which any mode has no figure, or which are missing altogether: block -> names of the modes, or "all". */
function voidBlocks(result) {
  const modes = list(result.modes).filter((mode) => list(mode.blocks).length);
  const last = Math.max(-1, ...modes.flatMap((mode) => mode.blocks.map((block) => block.block ?? -1)));
  const voids = new Map();
  for (let index = 0; index <= last; index += 1) {
    const gone = modes.filter((mode) => !mode.blocks.some((block) => block.block === index && isNumber(block.p50_ns)));
    if (gone.length) voids.set(index, gone.length === modes.length ? "every mode" : gone.map((mode) => mode.name).join(", "));
  }
  return voids;
}

function drawVoids(svg, voids, x, top, bottom) {
  const half = Math.max(2, (x(1) - x(0)) / 2);
  for (const [block, who] of voids) {
    const group = svg.append("g");
    group.append("rect").attr("class", "void").attr("x", x(block) - half).attr("width", 2 * half).attr("y", top)
      .attr("height", bottom - top);
    group.append("text").attr("class", "void-mark").attr("x", x(block)).attr("y", top + 11).attr("text-anchor", "middle").text("×");
    tip(group.node(), `Block ${block}: void`, [["for", who]]);
  }
}

function drawDriftMode(svg, mode, x, y, style, unit) {
  const group = svg.append("g").attr("data-mode", mode.name);
  const sorted = [...mode.points].sort((a, b) => a.block - b.block);
  group.append("path").attr("class", "line").attr("style", `stroke:${style.colour};stroke-width:1.3`)
    .attr("stroke-dasharray", style.dash)
    .attr("d", d3.line().defined((point) => isNumber(point.value)).x((point) => x(point.block)).y((point) => y(point.value))(sorted));
  for (const point of sorted.filter((each) => isNumber(each.value))) {
    const mark = group.append("path").attr("d", glyph(style.symbol, 30))
      .attr("transform", `translate(${x(point.block)},${y(point.value)})`).attr("style", `fill:${style.colour}`);
    tip(mark.node(), `${mode.name}, block ${point.block}`, [[unit, `${ns(point.value)} ns`]], false);
  }
}

function driftScale(lines, range, isCost) {
  const values = lines.flatMap((mode) => mode.points.map((point) => point.value)).filter(isNumber);
  if (isCost) return differenceScale(values, range, wantsLog(values));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low > 0 && high / low > 12) return d3.scaleLog().domain([low * 0.9, high * 1.1]).range(range);
  const room = (high - low || high || 1) * 0.08;
  return d3.scaleLinear().domain([low - room, high + room]).range(range);
}

function drawDrift(svg, width, height, result, styles, view) {
  const [left, right, top, bottom] = [76, width - 16, 24, height - 42];
  const lines = driftLines(result, view);
  const label = kDriftViews.find(([key]) => key === view)[1];
  const last = Math.max(1, ...lines.flatMap((mode) => mode.points.map((point) => point.block)));
  const x = d3.scaleLinear().domain([-0.5, last + 0.5]).range([left, right]);
  if (!lines.length) return;
  const y = driftScale(lines, [bottom, top], view === "cost_ns");
  const isLog = Boolean(y.base);
  axis(svg, "bottom", x, { at: bottom, length: 0, ticks: Math.min(last + 1, 14), format: (value) => (Number.isInteger(value) ? value : ""),
    title: "block, in the order measured", titleAt: [right, height - 4] });
  axis(svg, "left", y, { at: left, length: right - left, format: axisTime,
    ticks: isLog ? logTicks(y.domain()) : y.constant ? symlogTicks(y) : 7, title: `${label} of a block`, titleAt: [4, 11] });
  drawVoids(svg, voidBlocks(result), x, top, bottom);
  if (view === "cost_ns") svg.append("line").attr("class", "zero").attr("x1", left).attr("x2", right).attr("y1", y(0)).attr("y2", y(0));
  for (const mode of lines) drawDriftMode(svg, mode, x, y, styles.get(mode.name), label);
}

function driftTable(result, styles) {
  const modes = list(result.modes).filter((mode) => list(mode.blocks).length);
  const blocks = [...new Set(modes.flatMap((mode) => mode.blocks.map((block) => block.block)))].sort((a, b) => a - b);
  const head = [column("Block"), ...modes.map((mode) => el("th", { scope: "col" }, swatch(styles.get(mode.name)), mode.name))];
  return dataTable(head, blocks.map((index) => [String(index), ...modes.map((mode) => {
    const block = mode.blocks.find((each) => each.block === index);
    return block && isNumber(block.p50_ns) ? ns(block.p50_ns) : el("td", { class: "bad" }, "void");
  })]), "Median of each block, ns");
}

function driftSection(result, styles) {
  const views = kDriftViews.filter(([key]) => driftLines(result, key).length);
  if (!views.length) return [el("p", { class: "lead" }, "No blocks were recorded.")];
  let view = views[0][0];
  const figure = chart("Median of each block and mode, in the order measured", () => 330,
    (svg, width, height) => drawDrift(svg, width, height, result, styles, view));
  figure.prepend(el("div", { class: "controls" }, legend(figure, driftLines(result, view).map((mode) => mode.name), styles),
    choice("Figure", views, view, (chosen) => {
      view = chosen;
      figure.redraw();
    })));
  return [el("p", { class: "lead" }, "Drift that all modes share cancels in the costs, which are differences inside a block. ",
    "Shaded with ×: a void block, left out of every figure."), figure, driftTable(result, styles)];
}
