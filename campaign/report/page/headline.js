// The first screen: what was found, said only as strongly as the verdict allows, and what speaks against it.

/** The verdict in a word or two, and in a sentence's end. */
const kVerdictWords = { higher: "higher", lower: "lower", same: "same", undecided: "undecided", undefined: "not defined" };
const kVerdicts = {
  higher: "costs more than host", lower: "costs less than host", same: "same as host, to within 10 ns",
  undecided: "undecided: this run shows neither a difference nor that there is none",
  undefined: "not defined: too many packets were lost",
};

/** Interval and share of a cost, as the line below the claim. */
function claimDetail(cost) {
  const share = object(cost.share_of_host);
  const parts = [isInterval(cost.ci95) ? `95 % interval ${interval(cost.ci95)} ns` : null];
  if (isNumber(share.estimate)) {
    parts.push(`${signedShare(share.estimate)} of host's own time${isInterval(share.ci95) ? ` ${shareInterval(share.ci95)}` : ""}`);
  }
  return parts.filter(Boolean).join("  ·  ");
}

/** How far an undecided cost is from being decided, unless the run's own words, `next`, say so. */
function decisionNote(mode, next) {
  const cost = mode.cost_vs_host_ns;
  if (cost.verdict !== "undecided" || !isInterval(cost.ci95) || next.some((each) => String(each).includes(mode.name))) return null;
  if (!isNumber(cost.builds_wanted)) return "As it looks now, more builds alone would not decide it.";
  return `As it looks now, about ${number(cost.builds_wanted)} builds would decide it. This figure rests on ${number(cost.builds)}.`;
}

/** A mode's cost as the parts of a sentence: {name, text, detail, note, strong}. */
function claim(mode, next) {
  const cost = mode.cost_vs_host_ns;
  const said = { name: mode.name, detail: claimDetail(cost), note: decisionNote(mode, next), strong: false };
  const size = `${ns(Math.abs(cost.estimate))} ns`;
  if (cost.verdict === "undefined") return { ...said, text: " against host: not defined, too many packets were lost" };
  if (!isNumber(cost.estimate)) return { ...said, text: " against host: no figure, no build was finished" };
  if (!isInterval(cost.ci95)) {
    return { ...said, text: ` against host: ${signedNs(cost.estimate)} ns so far, too few builds for an interval` };
  }
  if (cost.verdict === "higher" && cost.estimate > 0) return { ...said, text: ` costs ${size} more than host`, strong: true };
  if (cost.verdict === "lower" && cost.estimate < 0) return { ...said, text: ` costs ${size} less than host`, strong: true };
  if (cost.verdict === "same") {
    return { ...said, text: ` costs the same as host, to within 10 ns: ${signedNs(cost.estimate)} ns`, strong: true };
  }
  return { ...said, text: ` against host: undecided, ${signedNs(cost.estimate)} ns measured` };
}

function claimNode(said) {
  return el("li", { class: "claim" }, said.name, el("span", { class: said.strong ? null : "weak" }, said.text),
    said.detail ? el("div", { class: "detail" }, said.detail) : null, said.note ? el("div", { class: "detail" }, said.note) : null);
}

/** Sentences for a result that compares nothing. */
function lonelyClaims(view) {
  return list(view.modes).map((mode) => {
    const p50 = object(mode.end_to_end_ns).p50;
    const ci = object(object(mode.end_to_end_ns).ci95).p50;
    return isNumber(p50)
      ? { name: mode.name, text: `: median one-way time ${ns(p50)} ns`, strong: true,
        detail: isInterval(ci) ? `95 % interval ${interval(ci)} ns` : "" }
      : { name: mode.name, text: ": no median to report", strong: false };
  });
}

const kShownClaims = 4;

/** The run's own words on what would decide the modes it left open. */
function nextSteps(view) {
  const next = list(object(view.verdict).next);
  return next.length ? el("div", { class: "banner next" }, el("strong", {}, "What would decide it"),
    el("ul", {}, next.map((each) => el("li", {}, String(each))))) : null;
}

function headline(view) {
  const costed = list(view.modes).filter((mode) => mode.cost_vs_host_ns)
    .sort((a, b) => (b.cost_vs_host_ns.estimate ?? -Infinity) - (a.cost_vs_host_ns.estimate ?? -Infinity));
  const claims = costed.length ? costed.map((mode) => claim(mode, list(object(view.verdict).next))) : lonelyClaims(view);
  const fit = object(view.verdict).fit === true;
  const more = claims.length - kShownClaims;
  const at = list(view.further_levels).length ? ` At ${loadText(view.load)}.` : "";
  const kind = costed.length ? `What a mode adds to the median time of a packet, compared with no container at all (host).${at}`
    : `Nothing to compare: this result holds no cost against host.${at}`;
  return el("section", { class: `headline${fit ? "" : " unfit"}`, id: "headline", "aria-label": "Headline" },
    el("h1", {}, fit ? kind : `Not a claim, for the reasons above. ${kind}`),
    el("ol", {}, claims.slice(0, kShownClaims).map(claimNode)),
    more > 0 ? lead(`and ${more} more below.`) : null,
    nextSteps(view), facts(view), glossary());
}
