// A run may hold several loads: which there are, how to choose one, and the costs of all of them side by side.

/** The members that each load has of its own. */
const kLevelMembers = ["load", "modes", "pairs", "aa", "instance", "mde_ns", "speed", "chains", "builds"];

/** One view of the result a load. What a further load lacks is not taken from the first. */
function levelsOf(result) {
  return [result, ...list(result.further_levels)].map((each, level) => {
    const own = Object.fromEntries(kLevelMembers.map((name) => [name, each[name] ?? null]));
    return { ...result, ...own, level };
  });
}

/** Which of many containers packets went to. */
const kDealWords = { spread: "", aimed: ", one of them aimed at", alone: ", all but one idle" };

/** "20 000 packets/s, 64 bytes, bursts of 8". */
function loadText(load) {
  const { rate_pps: rate, size, burst, containers, deal } = object(load);
  const parts = [isNumber(rate) ? `${number(rate)} packets/s` : null, isNumber(size) ? `${number(size)} bytes` : null,
    isNumber(burst) && burst > 1 ? `bursts of ${number(burst)}` : null,
    isNumber(containers) && containers > 1 ? `${number(containers)} containers${kDealWords[deal] ?? ""}` : null].filter(Boolean);
  return parts.join(", ") || "load not recorded";
}

/** A list to choose the load from; null when there is one alone. */
function levelSelect(levels, onChange) {
  if (levels.length < 2) return null;
  const select = el("select", { "aria-label": "Load that the page shows" },
    levels.map((level) => el("option", { value: level.level }, loadText(level.load))));
  select.addEventListener("change", () => onChange(Number(select.value)));
  return select;
}

function costByLoadCell(level, name) {
  const mode = list(level.modes).find((each) => each.name === name);
  const cost = object(object(mode).cost_vs_host_ns);
  if (!isNumber(cost.estimate)) return figureCell(null, null, "not measured at this load");
  const share = object(cost.share_of_host);
  return el("td", {}, signedNs(cost.estimate), el("span", { class: "ci" }, interval(cost.ci95)),
    isNumber(share.estimate) ? el("span", { class: "ci" }, signedShare(share.estimate)) : null,
    el("span", { class: "ci" }, kVerdictWords[cost.verdict] ?? null));
}

/** A row a load, a column a mode. The name of a row shows that load on the page. */
function loadsSection(levels, view, styles, show) {
  const modes = [...new Map(levels.flatMap((level) => list(level.modes)).filter((mode) => mode.cost_vs_host_ns)
    .map((mode) => [mode.name, mode])).values()];
  const rows = levels.map((level) => {
    const shown = level.level === view.level;
    const name = el("button", { type: "button", class: "link", disabled: shown }, loadText(level.load));
    name.addEventListener("click", () => show(level.level));
    const host = object(object(list(level.modes).find((mode) => mode.name === "host")).end_to_end_ns);
    return [el("th", { scope: "row" }, name, shown ? el("span", { class: "ci" }, "shown on this page") : null),
      figureCell(host.p50, object(host.ci95).p50), ...modes.map((mode) => costByLoadCell(level, mode.name))];
  });
  return [lead("The loads took turns in the same builds. Modes are compared with host at the same load only. ",
    "Choose a load to see the whole page for it."),
  table([column("Load"), column("host, median", "ns"), ...modes.map((mode) => el("th", { scope: "col" },
    swatch(styles.get(mode.name)), mode.name, el("span", { class: "unit" }, " ns")))], rows,
  "Cost against host at each load: estimate, 95 % interval, share of host's own time, verdict")];
}
