// The costs in figures, with what is behind each interval; and every pair of modes.

const withInterval = (text, below) => el("td", {}, text, below ? el("span", { class: "ci" }, below) : null);

const withinBuild = (cost) => (isInterval(cost.within_build_ci95) ? interval(cost.within_build_ci95) : "–");

function costRow(mode, styles) {
  const cost = mode.cost_vs_host_ns;
  if (!cost) return [modeName(mode, styles), "–", "–", "–", "–", "–", el("td", { class: "left" }, "reference")];
  const share = object(cost.share_of_host);
  return [modeName(mode, styles), withInterval(signedNs(cost.estimate), interval(cost.ci95)),
    withInterval(signedShare(share.estimate), isInterval(share.ci95) ? shareInterval(share.ci95) : null), withinBuild(cost),
    withInterval(ns(cost.between_build_sd), isNumber(cost.builds) ? `of ${number(cost.builds)} builds` : null),
    pText(cost.p_holm), el("td", { class: "left" }, kVerdictWords[cost.verdict] ?? "–")];
}

function controlRow(name, pair) {
  if (!isNumber(object(pair).estimate_ns)) return null;
  const holds = pair.holds_zero === true ? "holds 0" : pair.holds_zero === false ? "does not hold 0" : "";
  return [el("th", { scope: "row" }, swatch(kControlStyles[name]), name),
    withInterval(signedNs(pair.estimate_ns), interval(pair.ci95)), "–", withinBuild(pair), "–", "–", el("td", { class: "left" }, holds)];
}

function costTable(view, styles) {
  const rows = list(view.modes).map((mode) => costRow(mode, styles))
    .concat([controlRow("=host", view.aa), controlRow("host#2", view.instance)])
    .filter(Boolean);
  return table([column("Mode"), column("cost", "ns"), narrow("share of host's time"),
    narrow("interval if builds were alike", "ns"), narrow("builds differ by, SD", "ns"), narrow("p, after Holm"),
    leftColumn("verdict")], rows, "Below a cost and a share: the 95 % interval over builds. The cost is the Hodges-Lehmann " +
    "estimate of the builds' figures. Its interval is Wilcoxon's signed-rank interval.");
}

/** Modes whose builds were not independent, and by how much that widened the interval. */
function alikeNote(view) {
  const alike = list(view.modes).filter((mode) => object(mode.cost_vs_host_ns).lag1 > 0);
  if (!alike.length) return null;
  const said = alike.map((mode) => {
    const { lag1 } = mode.cost_vs_host_ns;
    const factor = Math.sqrt((1 + lag1) / (1 - lag1));
    return `${mode.name} (autocorrelation ${number(lag1, 2)}, interval ${number(factor, 2)} times as wide)`;
  });
  return el("p", { class: "note" },
    `Builds that followed each other were alike, so the interval was made wider: ${said.join(", ")}.`);
}

function pairsTable(view) {
  const pairs = list(view.pairs);
  if (!pairs.length) return null;
  return el("details", { class: "data" }, el("summary", {}, `Every pair of modes (${pairs.length})`),
    table([column("Pair"), column("difference", "ns"), column("95 % interval", "ns")],
      pairs.map((pair) => [`${pair.a} ${kMinus} ${pair.b}`, signedNs(pair.estimate_ns), interval(pair.ci95)])));
}
