// A payment provider: what money moved.

import { el, t } from "/shell/shell.js";
import { deviceCard } from "./device.js";

/** Rows of what moved, newest first. */
const SHOWN = 8;

/**
 * @param {import("./device.js").Device} device
 * @returns {import("./device.js").Card}
 */
export function providerCard(device) {
  const list = el("ol", { class: "scans", "aria-label": t("book") });
  const card = deviceCard(device, list);
  return {
    element: card.element,
    hear(event, fresh) {
      card.hear(event, fresh);
      if (event.kind !== "moved") return;
      const { what, number, amount } = event.body;
      list.prepend(el("li", {}, el("span", { class: "chip good" }, String(what)),
        el("code", {}, String(amount)), el("span", { class: "label" }, String(number))));
      list.children[SHOWN]?.remove();
    },
  };
}
