// One tooltip for the page, for pointer and keyboard alike.

const tips = new WeakMap();

/** Gives an element a tooltip: a title and [label, value] rows. Also readable by a screen reader, and focusable. */
function tip(node, title, rows = [], focusable = true) {
  tips.set(node, { title, rows });
  node.setAttribute("data-tip", "");
  if (!focusable) return node;
  node.setAttribute("tabindex", "0");
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", [title, ...rows.map(([label, value]) => `${label} ${value}`)].join(", "));
  return node;
}

function showTip({ title, rows }, x, y) {
  const box = document.getElementById("tooltip");
  box.replaceChildren(el("b", {}, title),
    ...rows.map(([label, value]) => el("div", {}, el("span", {}, label), el("span", {}, value))));
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const left = x + 14 + width > window.innerWidth ? x - width - 14 : x + 14;
  const top = y + 14 + height > window.innerHeight ? y - height - 10 : y + 14;
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${Math.max(4, top)}px`;
}

function hideTip() {
  document.getElementById("tooltip").hidden = true;
}

function startTooltips() {
  const target = (event) => (event.target instanceof Element ? event.target.closest("[data-tip]") : null);
  document.addEventListener("pointermove", (event) => {
    const node = target(event);
    if (node) showTip(tips.get(node), event.clientX, event.clientY);
    else if (!(event.target instanceof Element && event.target.classList.contains("catch"))) hideTip();
  });
  document.addEventListener("focusin", (event) => {
    const node = target(event);
    if (!node || !node.matches(":focus-visible")) return;
    const place = node.getBoundingClientRect();
    showTip(tips.get(node), place.right, place.bottom);
  });
  document.addEventListener("focusout", hideTip);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });
}
