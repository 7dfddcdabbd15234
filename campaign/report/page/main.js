// Puts the page together. A section that fails says so in its place and leaves the others alone.

function makeTheme() {
  const root = document.documentElement;
  const wanted = window.matchMedia("(prefers-color-scheme: dark)");
  let chosen = "auto";
  const apply = () => {
    root.dataset.theme = chosen === "auto" ? (wanted.matches ? "dark" : "light") : chosen;
  };
  wanted.addEventListener("change", apply);
  window.addEventListener("beforeprint", () => { root.dataset.theme = "light"; });
  window.addEventListener("afterprint", apply);
  const asked = /^#theme=(light|dark)$/.exec(window.location.hash);
  if (asked) [, chosen] = asked;
  apply();
  document.getElementById("theme").append(choice("Theme", [["auto", "Auto"], ["light", "Light"], ["dark", "Dark"]], chosen,
    (value) => {
      chosen = value;
      apply();
    }));
}

function metaLine(data) {
  const environment = object(data.environment);
  const text = (value) => (typeof value === "string" || isNumber(value) ? String(value) : null);
  const started = text(data.result.started);
  return [started ? started.replace("T", " ").replace(/\.\d+Z$/, "Z") : null, text(environment.cpu), text(environment.kernel),
    data.result.version ? `hopcost ${data.result.version}` : null].filter(Boolean).join("  ·  ");
}

function sections(data, styles) {
  const { result } = data;
  return [
    ["modes", "Modes", () => modesSection(result, styles)],
    ["costs", "What each mode costs", () => costsSection(result, styles)],
    ["distribution", "Distribution", () => distributionSection(data, styles)],
    ["hops", "Where the time goes", () => hopsSection(result, styles)],
    ["shift", "Cost at each quantile", () => shiftSection(result, styles)],
    ["drift", "Drift over blocks", () => driftSection(result, styles)],
    ["generator", "The generator on itself", () => generatorSection(result)],
    ["budget", "Uncertainty budget", () => budgetSection(result, styles)],
    ["accounting", "Every packet accounted for", () => accountingSection(result, styles)],
    ["environment", "Environment", () => environmentSection(data)],
  ];
}

function failed(title, reason) {
  document.documentElement.dataset.failed = title;
  return [el("p", { class: "banner caution" }, `"${title}" could not be drawn: ${reason.message}`)];
}

function addSection(page, id, title, make) {
  let parts;
  try {
    parts = make();
  } catch (reason) {
    parts = failed(title, reason);
  }
  const isLong = ["accounting", "environment", "modes"].includes(id);
  const section = el("section", { id, class: isLong ? "long" : null }, el("h2", {}, title), parts);
  page.append(section);
  try {
    for (const part of parts) {
      if (part && part.start) part.start();
    }
  } catch (reason) {
    section.append(...failed(title, reason));
  }
}

function main() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const page = document.getElementById("page");
  const styles = makeStyles(list(data.result.modes));
  makeTheme();
  document.getElementById("meta").textContent = metaLine(data);
  const top = headline(data.result);
  const parts = sections(data, styles);
  page.append(...banners(data.result, list(data.notes)), top);
  top.append(el("nav", { "aria-label": "Sections" }, parts.map(([id, title]) => el("a", { href: `#${id}` }, title))));
  for (const [id, title, make] of parts) addSection(page, id, title, make);
  const first = top.querySelector(".claim");
  if (first) document.title = `hopcost: ${first.textContent.trim()}`;
  startTooltips();
  document.documentElement.dataset.ready = "true";
}

main();
