// The first screen: what was found, said only as strongly as the verdict allows, and what speaks against it.

/** A mode's cost as a sentence's parts: {text, interval, strong}. */
function claim(mode) {
  const cost = mode.cost_vs_host_ns;
  if (!isNumber(cost.estimate)) {
    return { name: mode.name, text: " against host: too few blocks for a figure", ci: "", strong: false };
  }
  const size = ns(Math.abs(cost.estimate));
  const ci = interval(cost.ci95);
  if (!isInterval(cost.ci95)) {
    return { name: mode.name, text: ` against host: ${signedNs(cost.estimate)} ns, too few blocks for an interval`, ci: "" };
  }
  if (cost.verdict === "higher" && cost.estimate > 0) {
    return { name: mode.name, text: ` costs ${size} ns more than host`, ci, strong: true };
  }
  if (cost.verdict === "lower" && cost.estimate < 0) {
    return { name: mode.name, text: ` costs ${size} ns less than host`, ci, strong: true };
  }
  if (cost.verdict === "same") {
    return { name: mode.name, text: ` costs the same as host: ${signedNs(cost.estimate)} ns`, ci, strong: true };
  }
  return { name: mode.name, text: ` against host is undecided: ${signedNs(cost.estimate)} ns`, ci, strong: false };
}

function claimNode(said) {
  return el("li", { class: "claim" }, said.name, el("span", { class: said.strong ? null : "weak" }, said.text),
    said.ci ? el("span", { class: "interval" }, ` ${said.ci}`) : null);
}

/** Sentences for a result that compares nothing. */
function lonelyClaims(result) {
  return list(result.modes).map((mode) => {
    const p50 = object(mode.end_to_end_ns).p50;
    const ci = object(object(mode.end_to_end_ns).ci95).p50;
    return isNumber(p50)
      ? { name: mode.name, text: `: median one-way latency ${ns(p50)} ns`, ci: isInterval(ci) ? interval(ci) : "", strong: true }
      : { name: mode.name, text: ": no median to report", ci: "", strong: false };
  });
}

const kShownClaims = 4;

function headline(result) {
  const costed = list(result.modes).filter((mode) => mode.cost_vs_host_ns)
    .sort((a, b) => (b.cost_vs_host_ns.estimate ?? -Infinity) - (a.cost_vs_host_ns.estimate ?? -Infinity));
  const claims = costed.length ? costed.map(claim) : lonelyClaims(result);
  const fit = object(result.verdict).fit === true;
  const more = claims.length - kShownClaims;
  const kind = costed.length ? "What a packet pays on top of host: median one-way latency in ns, with its 95 % interval"
    : "Nothing to compare: no cost against host in this result";
  return el("section", { class: `headline${fit ? "" : " unfit"}`, id: "headline", "aria-label": "Headline" },
    el("h1", {}, fit ? kind : `Not a claim (see above). ${kind}`),
    el("ol", {}, claims.slice(0, kShownClaims).map(claimNode)),
    more > 0 ? el("p", { class: "lead" }, `and ${more} more below.`) : null,
    facts(result));
}

function facts(result) {
  const campaign = object(result.campaign);
  const load = object(result.load);
  const usable = isNumber(campaign.blocks) ? `${campaign.blocks} used, ${campaign.blocks_void ?? 0} void` : "–";
  const rows = [
    ["Load", `${number(load.rate_pps)} pps, ${load.size ?? "–"} B, burst ${load.burst ?? "–"}, ${load.gap ?? "–"} gaps`],
    ["Backend", campaign.backend], ["Taps", object(result.campaign).tap_kind], ["Steering", campaign.steering],
    ["Blocks", usable], ["Measured for", isNumber(result.elapsed_s) ? `${number(result.elapsed_s, 1)} s` : "–"],
    ["Smallest visible cost", isNumber(result.mde_ns) ? `${ns(result.mde_ns)} ns` : "–"],
    ["Stamps by", result.stamp_regime], ["Seed", campaign.seed],
  ];
  return el("dl", { class: "facts" }, rows.filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))));
}

function banner(kind, title, reasons) {
  return el("div", { class: `banner ${kind}`, role: "alert" }, el("strong", {}, title),
    reasons.length ? el("ul", {}, reasons.map((reason) => el("li", {}, String(reason)))) : null);
}

/** What else a reader has to bear in mind, though the run itself may not have said so. */
function cautions(result, notes) {
  const found = [];
  if (["software", "mixed"].includes(result.stamp_regime)) {
    found.push(`Stamp regime "${result.stamp_regime}": the kernel stamped packets before the taps saw them. ` +
      "Hops may be wrong by mode; see doc/measuring.md.");
  }
  if (object(result.aa).holds_zero === false) {
    found.push(`${result.aa.mode} against itself (A/A) does not hold 0 ${interval(result.aa.ci95)} ns: ` +
      "read every interval as wider than printed.");
  }
  return found.concat(notes);
}

function banners(result, notes) {
  const verdict = object(result.verdict);
  const reasons = list(verdict.reasons);
  const made = [];
  if (verdict.fit !== true) {
    made.push(banner("unfit", "Unfit: this machine, in this run, does not support the claims", reasons));
  }
  if (result.complete !== true) {
    made.push(banner("partial", "Partial: the run was stopped early",
      [result.partial_reason || "no reason was recorded", "What was measured until then is shown."]));
  }
  const others = cautions(result, notes).concat(verdict.fit === true ? reasons : []);
  if (others.length) made.push(banner("caution", "Bear in mind", others));
  return made;
}
