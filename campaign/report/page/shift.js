// The shift function: what a mode adds at each quantile, not only in the middle.

const kShiftQuantiles = kQuantiles.filter(([key]) => key !== "p9999");

function shiftPoints(mode) {
  const shift = object(object(mode.cost_vs_host_ns).shift);
  return kShiftQuantiles.map(([key, name]) => ({ key, name, ...object(shift[key]) })).filter((point) => isNumber(point.estimate));
}

function drawShiftMode(svg, mode, offset, x, y, style) {
  const group = svg.append("g").attr("data-mode", mode.name);
  const points = mode.points.map((point) => ({ ...point, px: x(point.key) + offset }));
  group.append("path").attr("class", "line").attr("style", `stroke:${style.colour};opacity:0.45`)
    .attr("stroke-dasharray", style.dash)
    .attr("d", d3.line().x((point) => point.px).y((point) => y(point.estimate))(points));
  for (const point of points) {
    const mark = group.append("g");
    if (isInterval(point.ci95)) {
      const [low, high] = point.ci95.map(y);
      mark.append("path").attr("class", "whisker").attr("style", `stroke:${style.colour}`)
        .attr("d", `M${point.px - 4},${low}h8M${point.px},${low}V${high}M${point.px - 4},${high}h8`);
    }
    mark.append("path").attr("d", glyph(style.symbol, 56)).attr("transform", `translate(${point.px},${y(point.estimate)})`)
      .attr("style", `fill:${style.colour};stroke:var(--paper)`);
    tip(mark.node(), `${mode.name} at ${point.name}`, [["against host", `${signedNs(point.estimate)} ns`],
      ["95 % interval", `${interval(point.ci95)} ns`]]);
  }
}

function drawShift(svg, width, height, modes, styles, symlog) {
  const [left, right, top, bottom] = [76, width - 16, 24, height - 42];
  const values = modes.flatMap((mode) => mode.points.flatMap((point) => [point.estimate, ...list(point.ci95)]));
  const x = d3.scalePoint().domain(kShiftQuantiles.map(([key]) => key)).range([left, right]).padding(0.5);
  const y = differenceScale(values, [bottom, top], symlog);
  axis(svg, "bottom", x, { at: bottom, length: 0, format: (key) => kShiftQuantiles.find((each) => each[0] === key)[1],
    title: "quantile", titleAt: [right, height - 4] });
  axis(svg, "left", y, { at: left, length: right - left, ticks: symlog ? symlogTicks(y) : 7, format: axisTime,
    title: `mode less host${symlog ? " (symmetric log)" : ""}`, titleAt: [4, 11] });
  svg.append("line").attr("class", "zero").attr("x1", left).attr("x2", right).attr("y1", y(0)).attr("y2", y(0));
  const room = Math.min(18, (x.step() * 0.7) / modes.length);
  modes.forEach((mode, i) => drawShiftMode(svg, mode, (i - (modes.length - 1) / 2) * room, x, y, styles.get(mode.name)));
}

function shiftSection(result, styles) {
  const modes = list(result.modes).map((mode) => ({ name: mode.name, points: shiftPoints(mode) }))
    .filter((mode) => mode.points.length);
  if (!modes.length) return [lead("Nothing to show. It takes host and another mode.")];
  let symlog = wantsLog(modes.flatMap((mode) => mode.points.map((point) => point.estimate)));
  const figure = chart("Difference against host at p50, p90, p99 and p99.9", () => 340,
    (svg, width, height) => drawShift(svg, width, height, modes, styles, symlog));
  figure.prepend(el("div", { class: "controls" }, legend(figure, modes.map((mode) => mode.name), styles),
    choice("Scale", [[false, "linear"], [true, "symmetric log"]], symlog, (value) => {
      symlog = value;
      figure.redraw();
    })));
  const cell = (mode, key) => {
    const point = mode.points.find((each) => each.key === key);
    return point ? figureCell(point.estimate, point.ci95) : figureCell(null, null, "not defined in both modes");
  };
  return [lead("What a mode adds to the fast packets (p50) and to the slow ones (p99.9). A flat line: all pay the ",
    "same. A rising line: the slow packets pay more. Whiskers: 95 % intervals over builds."), figure,
  dataTable([column("Mode"), ...kShiftQuantiles.map(([, name]) => column(name, "ns"))],
    modes.map((mode) => [el("th", { scope: "row" }, swatch(styles.get(mode.name)), mode.name),
      ...kShiftQuantiles.map(([key]) => cell(mode, key))]), "Difference against host")];
}
