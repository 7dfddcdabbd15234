// Making elements and text. Everything from the data goes through textContent or setAttribute: nothing is parsed as HTML.

/** Element with attributes and children (nodes, or values that become text; null is left out). */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** A number that charts can add and square without leaving what a number can hold. */
const isNumber = (value) => typeof value === "number" && Math.abs(value) < 1e100;
const isInterval = (value) => Array.isArray(value) && value.length === 2 && value.every(isNumber);
/** The paragraph that opens a section: what there is to see and how to read it. */
const lead = (...parts) => el("p", { class: "lead" }, ...parts);

const isText = (value) => typeof value === "string";
const list = (value) => (Array.isArray(value) ? value : []);
const object = (value) => (value !== null && typeof value === "object" && !Array.isArray(value) ? value : {});

const kMinus = "\u2212";
const kThin = "\u202f";

/** Number with at most `digits` decimals and thin spaces between thousands; a true minus sign. */
function number(value, digits = 0) {
  if (!isNumber(value)) return "–";
  const [whole, part] = Math.abs(value).toFixed(digits).split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, kThin) : whole;
  if (Number(whole) === 0 && !Number(part)) return "0";
  return (value < 0 ? kMinus : "") + grouped + (part ? `.${part}` : "");
}

/** Decimals that a figure of this size deserves: a tenth of a nanosecond below 100 ns, none above. */
const digitsFor = (value) => (Math.abs(value) < 99.95 ? 1 : 0);
const ns = (value) => (isNumber(value) ? number(value, digitsFor(value)) : "–");
const signedNs = (value) => (isNumber(value) && ns(value) !== "0" && value > 0 ? `+${ns(value)}` : ns(value));

/** Both ends with the decimals of the larger. */
function interval(ci) {
  if (!isInterval(ci)) return "no interval";
  const digits = digitsFor(Math.max(Math.abs(ci[0]), Math.abs(ci[1])));
  return `[${number(ci[0], digits)}, ${number(ci[1], digits)}]`;
}

const percent = (share, digits = 2) => (isNumber(share) ? `${number(share * 100, digits)} %` : "–");

/** A cost as a share of host's own time: a tenth of a percentage point, a hundredth below 1 %. */
const shareDigits = (...shares) => (Math.max(...shares.map(Math.abs)) < 0.00995 ? 2 : 1);

function signedShare(share) {
  if (!isNumber(share)) return "–";
  const text = percent(share, shareDigits(share));
  return share > 0 && text !== "0 %" ? `+${text}` : text;
}

function shareInterval(ci) {
  if (!isInterval(ci)) return "no interval";
  const digits = shareDigits(...ci);
  return `[${number(ci[0] * 100, digits)}, ${number(ci[1] * 100, digits)}] %`;
}

/** Axis label of a time, short: 350 ns, 1.2 µs, 3 ms. */
function axisTime(value) {
  const size = Math.abs(value);
  const [unit, scale] = size >= 1e9 ? ["s", 1e9] : size >= 1e6 ? ["ms", 1e6] : size >= 1e3 ? ["µs", 1e3] : ["ns", 1];
  const scaled = Number((value / scale).toPrecision(4));
  return scaled === 0 ? "0" : `${String(scaled).replace("-", kMinus)} ${unit}`;
}

/** A quantile as people write it: 0.999 is 99.9 %. */
function quantileLabel(q) {
  if (q >= 1) return "100 %";
  const nines = Math.max(0, Math.ceil(-Math.log10(1 - q)) - 2);
  return `${Number((q * 100).toFixed(Math.min(8, nines + 1)))} %`;
}

const kQuantiles = [["p50", "p50", 0.5], ["p90", "p90", 0.9], ["p99", "p99", 0.99], ["p999", "p99.9", 0.999],
  ["p9999", "p99.99", 0.9999]];

/**
 * Table from a header row and body rows; a cell is text, a number's text, or a node. The first column names the row.
 * `slim`: no wider than it need be.
 */
function table(head, rows, caption, slim = false) {
  const cell = (tag, content, attributes) => {
    const isCell = content instanceof HTMLElement && ["TD", "TH"].includes(content.tagName);
    return isCell ? content : el(tag, attributes, content);
  };
  return el("div", { class: slim ? "slim" : null }, caption ? el("p", { class: "caption" }, caption) : null,
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption || "table" },
      el("table", {}, el("thead", {}, el("tr", {}, head.map((text) => cell("th", text, { scope: "col" })))),
        el("tbody", {}, rows.map((row) => el("tr", {}, row.map((content, i) =>
          cell(i === 0 ? "th" : "td", content, i === 0 ? { scope: "row" } : {}))))))));
}

/** A column's name with its unit. */
const column = (name, unit, className = null) =>
  el("th", { scope: "col", class: className }, name, unit ? el("span", { class: "unit" }, ` ${unit}`) : null);
/** The same with a long name, which wraps. */
const narrow = (name, unit) => column(name, unit, "narrow");
const leftColumn = (name) => column(name, null, "left");

/** The same data as a chart, folded away below it. */
const dataTable = (head, rows, caption) =>
  el("details", { class: "data" }, el("summary", {}, "Show as a table"), table(head, rows, caption));

/** Buttons of which one is chosen. `options`: [value, label]. */
function choice(label, options, chosen, onChange) {
  const box = el("span", { class: "choice", role: "group", "aria-label": label });
  for (const [value, text] of options) {
    const button = el("button", { type: "button", "aria-pressed": String(value === chosen) }, text);
    button.addEventListener("click", () => {
      for (const other of box.children) other.setAttribute("aria-pressed", String(other === button));
      onChange(value);
    });
    box.append(button);
  }
  return box;
}
