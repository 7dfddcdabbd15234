// What all charts share: an SVG that follows its figure's width, axes, series styles, legends and the tooltip.

const kSeriesColours = 6;
const kSymbols = [d3.symbolCircle, d3.symbolSquare, d3.symbolTriangle, d3.symbolDiamond, d3.symbolCross, d3.symbolWye];
const kDashes = [null, "7 3", "2 2", "9 3 2 3"];

/** Colour, dash and symbol a mode: host is grey, the others go through the palette, then through it again dashed. */
function makeStyles(modes) {
  const styles = new Map();
  let next = 0;
  for (const mode of modes.filter((each, i) => modes.findIndex((other) => other.name === each.name) === i)) {
    if (mode.name === "host") {
      styles.set(mode.name, { colour: "var(--host)", dash: null, symbol: d3.symbolCircle });
      continue;
    }
    styles.set(mode.name, {
      colour: `var(--s${(next % kSeriesColours) + 1})`,
      dash: kDashes[Math.floor(next / kSeriesColours) % kDashes.length],
      symbol: kSymbols[next % kSymbols.length],
    });
    next += 1;
  }
  return styles;
}

/** Path of a symbol of `size` square pixels around the origin. */
const glyph = (type, size) => d3.symbol().type(type).size(size)();

const svgNode = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);

/** A small line and symbol in a mode's style, for legends and tables. */
function swatch(style) {
  const root = d3.select(svgNode("svg")).attr("class", "mark").attr("viewBox", "0 0 22 12").attr("aria-hidden", "true");
  root.append("line").attr("x1", 0).attr("x2", 22).attr("y1", 6).attr("y2", 6)
    .attr("style", `stroke:${style.colour};stroke-width:2`).attr("stroke-dasharray", style.dash);
  root.append("path").attr("d", glyph(style.symbol, 34)).attr("transform", "translate(11,6)")
    .attr("style", `fill:${style.colour}`);
  return root.node();
}

/** Legend of modes; a click hides or shows everything in `figure` that carries the mode's name. */
function legend(figure, names, styles) {
  const box = el("div", { class: "legend" });
  for (const name of names) {
    const button = el("button", { type: "button", "aria-pressed": "true", title: `Hide or show ${name}` },
      swatch(styles.get(name)), el("span", {}, name));
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", String(shown));
      if (shown) figure.hidden_.delete(name);
      else figure.hidden_.add(name);
      applyHidden(figure);
    });
    box.append(button);
  }
  return box;
}

function applyHidden(figure) {
  for (const node of figure.querySelectorAll("[data-mode]")) {
    node.classList.toggle("off", figure.hidden_.has(node.getAttribute("data-mode")));
  }
}

/**
 * A figure whose chart is drawn by draw(svg, width, height) now, when its width changes, and on figure.redraw().
 * `label` says in words what the chart shows. The figure is narrower than 320 px never.
 */
function chart(label, heightOf, draw) {
  const holder = el("div");
  const figure = el("figure", {}, holder);
  figure.hidden_ = new Set();
  let width = 0;
  figure.redraw = () => {
    const height = heightOf(width);
    const svg = d3.select(svgNode("svg")).attr("viewBox", `0 0 ${width} ${height}`).attr("width", width)
      .attr("height", height).attr("role", "group").attr("aria-label", label);
    draw(svg, width, height);
    holder.replaceChildren(svg.node());
    applyHidden(figure);
  };
  const follow = () => {
    const now = Math.max(320, Math.round(figure.clientWidth || 1032));
    if (now === width) return;
    width = now;
    figure.redraw();
  };
  figure.start = () => {
    follow();
    new ResizeObserver(() => window.requestAnimationFrame(follow)).observe(figure);
  };
  return figure;
}

/** Axis with full-length grid lines. `side` is "bottom" or "left"; `length` is that of the grid lines. */
function axis(svg, side, scale, { at, length, ticks, format, title, titleAt }) {
  const make = side === "bottom" ? d3.axisBottom(scale) : d3.axisLeft(scale);
  if (Array.isArray(ticks)) make.tickValues(ticks);
  else make.ticks(ticks || 6);
  make.tickFormat(format).tickSizeInner(-length).tickSizeOuter(0).tickPadding(8);
  svg.append("g").attr("class", "axis").attr("transform", side === "bottom" ? `translate(0,${at})` : `translate(${at},0)`)
    .attr("font-family", null).call(make).attr("font-family", null).attr("font-size", null);
  if (!title) return;
  svg.append("text").attr("class", "title").attr("x", titleAt[0]).attr("y", titleAt[1])
    .attr("text-anchor", side === "bottom" ? "end" : "start").text(title);
}

/** Scale for differences around zero: linear, or symmetric-log when asked for; nice and never empty. */
function differenceScale(values, range, symlog) {
  const seen = values.filter(isNumber);
  let [low, high] = [Math.min(0, ...seen), Math.max(0, ...seen)];
  if (symlog) return d3.scaleSymlog().constant(10).domain([Math.min(low * 1.3, -2), Math.max(high * 1.2, 2)]).range(range);
  const room = (high - low || 1) * 0.06;
  if (low < 0) low -= room;
  if (high > 0 || low === 0) high += room;
  return d3.scaleLinear().domain([low, high]).range(range);
}

/** Ticks for a symmetric-log scale: 0 and plus or minus 10, 100, ... */
function symlogTicks(scale) {
  const [low, high] = scale.domain();
  const ticks = [0];
  for (let size = 10; size <= Math.max(-low, high); size *= 10) {
    if (size <= high) ticks.push(size);
    if (size <= -low) ticks.push(-size);
  }
  return ticks.sort((a, b) => a - b);
}

/** True when the figures span so much that a linear axis would flatten the small ones. */
function wantsLog(values) {
  const sizes = values.filter(isNumber).map(Math.abs).filter((size) => size >= 5);
  return sizes.length > 1 && Math.max(...sizes) / Math.min(...sizes) > 40;
}
