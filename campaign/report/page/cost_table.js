// The costs in figures, with what is behind each interval; and every pair of modes.

const withInterval = (text, below) => el("td", {}, text, below ? el("span", { class: "ci" }, below) : null);

const withinBuild = (cost) => (isInterval(cost.within_build_ci95) ? interval(cost.within_build_ci95) : "–");

function costRow(mode, styles) {
  const cost = mode.cost_vs_host_ns;
  if (!cost) return [modeName(mode, styles), "–", "–", "–", "–", "–", "–", el("td", { class: "left" }, "reference")];
  const share = object(cost.share_of_host), typical = object(cost.typical);
  return [modeName(mode, styles), withInterval(signedNs(cost.estimate), interval(cost.ci95)),
    withInterval(signedShare(share.estimate), isInterval(share.ci95) ? shareInterval(share.ci95) : null),
    withInterval(signedNs(typical.estimate), isInterval(typical.ci95) ? interval(typical.ci95) : null), withinBuild(cost),
    withInterval(ns(cost.between_build_sd), isNumber(cost.builds) ? `of ${number(cost.builds)} builds` : null),
    pText(cost.p_holm), el("td", { class: "left" }, kVerdictWords[cost.verdict] ?? "–")];
}

function controlRow(name, pair) {
  if (!isNumber(object(pair).estimate_ns)) return null;
  const holds = pair.holds_zero === true ? "holds 0" : pair.holds_zero === false ? "does not hold 0" : "";
  return [el("th", { scope: "row" }, swatch(kControlStyles[name]), name),
    withInterval(signedNs(pair.estimate_ns), interval(pair.ci95)), "–", "–", withinBuild(pair), "–", "–", el("td", { class: "left" }, holds)];
}

/** At which speed the costs are. */
function speedText(view) {
  const speed = object(view.speed);
  if (!isNumber(speed.undisturbed_ns)) return "";
  return ` On the undisturbed CPU the controls take ${ns(speed.undisturbed_ns)} ns; as the run went they took ${ns(speed.typical_ns)} ns.`;
}

function costTable(view, styles) {
  const rows = list(view.modes).map((mode) => costRow(mode, styles))
    .concat([controlRow("=host", view.aa), controlRow("host#2", view.instance)])
    .filter(Boolean);
  return table([column("Mode"), column("cost", "ns"), narrow("share of host's time"), narrow("as the run went", "ns"),
    narrow("interval if builds were alike", "ns"), narrow("builds differ by, SD", "ns"), narrow("p, after Holm"),
    leftColumn("verdict")], rows, "Below a cost and a share: the 95 % interval over builds. The cost is the Hodges-Lehmann " +
    "estimate of the builds' figures, brought to the speed of the undisturbed CPU; what scatters more counts less. Its interval is Wilcoxon's signed-rank " +
    `interval, as wide as the builds' slow wandering asks for.${speedText(view)}`);
}

/** An interval that is so many times as wide as independent builds would have it is worth a word. */
const kMuchWider = 1.5;

/** Modes whose builds wandered slowly, and by how much that widened the interval. */
function widenedNote(view) {
  const wider = list(view.modes).filter((mode) => object(mode.cost_vs_host_ns).widened > kMuchWider);
  if (!wider.length) return null;
  const said = wider.map((mode) => `${mode.name} ${number(mode.cost_vs_host_ns.widened, 1)} times`);
  return el("p", { class: "note" }, "Builds that followed each other were alike, so the interval is wider than that of as many " +
    `independent builds: ${said.join(", ")}.`);
}

/** What one more hop of a chain costs, and how far each mode is from the line. */
function chainsTable(view) {
  const chains = list(view.chains).map(object).filter((chain) => isNumber(object(chain.slope).estimate_ns));
  if (!chains.length) return null;
  const fitText = (p) => (!isNumber(p) ? "two modes: always" : p < 0.05 ? `no (p = ${pText(p)})` : `yes (p = ${pText(p)})`);
  const rows = chains.map((chain) => [`${chain.of}`, withInterval(signedNs(chain.slope.estimate_ns), interval(chain.slope.ci95)),
    el("td", { class: "left" }, fitText(chain.p_straight)),
    el("td", { class: "left" }, list(chain.modes).map(object).filter((mode) => isNumber(object(mode.residual).estimate_ns))
      .map((mode) => `${mode.mode} ${signedNs(mode.residual.estimate_ns)}`).join(", ") || "–")]);
  return el("div", { class: "chains" }, table([column("One more hop of"), column("costs", "ns"), leftColumn("on a straight line"),
    leftColumn("off the line, ns")], rows, "The slope of the cost over the number of bridges, or routers, in a row: least squares within " +
    "each pair of trains, then over builds as every cost."));
}

function pairsTable(view) {
  const pairs = list(view.pairs);
  if (!pairs.length) return null;
  return el("details", { class: "data" }, el("summary", {}, `Every pair of modes (${pairs.length})`),
    table([column("Pair"), column("difference", "ns"), column("95 % interval", "ns")],
      pairs.map((pair) => [`${pair.a} ${kMinus} ${pair.b}`, signedNs(pair.estimate_ns), interval(pair.ci95)])));
}
