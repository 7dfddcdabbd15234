// Many containers of each mode: how evenly they are served, and each one's figures.

const manyOf = (mode) => list(object(mode.containers).each);
const hasManyContainers = (view) => list(view.modes).some((mode) => manyOf(mode).length > 0);

/** Jain's index with its interval; it is near 1, so that four decimals are few. */
function indexCell(fairness) {
  const { estimate, ci95 } = object(fairness);
  if (!isNumber(estimate)) return figureCell(null, null, "no container has a figure");
  return el("td", {}, number(estimate, 4),
    isInterval(ci95) ? el("span", { class: "ci" }, `[${number(ci95[0], 4)}, ${number(ci95[1], 4)}]`) : null);
}

function fairnessRow(mode, styles) {
  const { latency, delivery } = object(object(mode.containers).fairness);
  const each = manyOf(mode).filter((one) => isNumber(one.p50_ns)).sort((a, b) => a.p50_ns - b.p50_ns);
  const end = (one) => (one ? figureCell(one.p50_ns, one.ci95) : figureCell(null, null, "no container has a figure"));
  const lost = manyOf(mode).reduce((sum, one) => sum + (Number(one.lost) || 0), 0);
  return [modeName(mode, styles, mode.name === "host" ? "one end, its packets parted alike" : `${manyOf(mode).length} containers`),
    indexCell(latency), indexCell(delivery), end(each[0]), end(each[each.length - 1]), number(lost)];
}

function eachTable(modes, styles) {
  const rows = manyOf(modes[0]).map((_, i) => [`${i + 1}`, ...modes.flatMap((mode) => {
    const one = object(manyOf(mode)[i]);
    return [figureCell(one.p50_ns, one.ci95, "half of its packets were lost, or none came"), number(Number(one.lost) || 0)];
  })]);
  const head = modes.flatMap((mode) => [
    el("th", { scope: "col" }, swatch(styles.get(mode.name)), mode.name, el("span", { class: "unit" }, " ns")), column("lost")]);
  return dataTable([column("Container"), ...head], rows, "The median time of each container's packets, as the run went; 95 % interval over builds");
}

function containersSection(view, styles) {
  const modes = list(view.modes).filter((mode) => manyOf(mode).length > 0);
  return [
    lead("Packets went to each container in turn, in an order drawn anew each time. Jain's index is 1 when all containers get the same. ",
      "Host has one end: its index shows what the scatter of so few packets a container makes of it, and a mode is as fair as can be ",
      "seen when its own is no lower."),
    table([column("Mode"), narrow("fairness of latency"), narrow("fairness of delivery"), narrow("fastest container, median", "ns"),
      narrow("slowest container, median", "ns"), column("lost")], modes.map((mode) => fairnessRow(mode, styles)),
    "How evenly the containers of each mode are served. Below a figure: its 95 % interval over builds."),
    eachTable(modes, styles),
  ];
}
