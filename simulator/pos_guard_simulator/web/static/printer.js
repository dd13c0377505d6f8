// A receipt printer with its lamps, its customer display, its buzzer and the cash drawer.

import { el, say, t } from "/shell/shell.js";
import { deviceCard } from "./device.js";
import { Paper } from "./paper.js";

/** How long a drawer that nobody watches over is shown open. */
const OPEN_MS = 2600;

/** Faults that light the error lamp. */
const ERRORS = ["cutter", "recoverable", "unrecoverable", "head_hot", "cover_open_printing"];

/**
 * @param {string} name
 * @returns {{element: HTMLElement, show: (state: "off" | "on" | "warn" | "bad", says: string) => void}}
 */
function lamp(name) {
  const says = el("span", { class: "visually-hidden" });
  const element = el("li", { class: "lamp", "data-lamp": name, "data-state": "off" },
    el("span", { class: "bulb", "aria-hidden": "true" }), el("span", {}, t(`lamp-${name}`)), says);
  return {
    element,
    show(state, text) {
      element.dataset.state = state;
      says.textContent = `: ${text}`;
    },
  };
}

/**
 * @param {import("./device.js").Device} device
 * @returns {import("./device.js").Card}
 */
export function printerCard(device) {
  const paper = new Paper(device.name);
  const lamps = { power: lamp("power"), paper: lamp("paper"), error: lamp("error") };
  const display = el("output", { class: "vfd", "aria-label": t("display"), hidden: true });
  const drawer = drawerOf();
  const beeps = el("span", { class: "chip beeps", hidden: true });
  const plate = el("div", { class: "plate" }, el("span", { class: "model" }, device.facts.profile),
    el("ul", { class: "lamps", "aria-label": t("lamps") },
      ...Object.values(lamps).map((one) => one.element)), beeps);
  const card = deviceCard(device,
    el("div", { class: "printer-body" }, paper.element,
      el("div", { class: "slot", "aria-hidden": "true" }), plate),
    display, drawer.element);
  lights(lamps, []);

  /** @type {Record<string, (body: Record<string, any>, fresh: boolean) => void>} */
  const on = {
    receipt({ number, text }, fresh) {
      paper.cut(number, text);
      if (fresh) say(`${t("receipt-number", { number })}: ${text}`);
    },
    paper({ now }, fresh) {
      paper.print(now, fresh);
    },
    faults({ now }, fresh) {
      lights(lamps, now);
      drawer.stays(now.includes("drawer_open"));
      card.element.dataset.off = String(now.includes("power_off"));
      if (fresh) say(`${device.name}: ${now.length > 0 ? now.join(", ") : t("all-well")}`);
    },
    drawer({ now }, fresh) {
      drawer.pulse(now, fresh);
      if (fresh) say(t("drawer-opens"));
    },
    beeps({ now }) {
      beeps.hidden = now === 0;
      beeps.textContent = `♪ ${t("beeped", { count: now })}`;
    },
    display({ now }) {
      display.hidden = now.trim() === "";
      display.textContent = now;
    },
  };
  return {
    element: card.element,
    hear(event, fresh) {
      card.hear(event, fresh);
      on[event.kind]?.(event.body, fresh);
    },
  };
}

/**
 * @param {Record<"power" | "paper" | "error", ReturnType<typeof lamp>>} lamps
 * @param {string[]} faults
 */
function lights(lamps, faults) {
  const has = (/** @type {string} */ name) => faults.includes(name);
  if (has("power_off")) {
    for (const one of Object.values(lamps)) one.show("off", t("lamp-off"));
    return;
  }
  lamps.power.show("on", t("lamp-on"));
  if (has("paper_out")) lamps.paper.show("bad", t("paper-out"));
  else if (has("paper_near_end")) lamps.paper.show("warn", t("paper-near-end"));
  else lamps.paper.show("off", t("paper-in"));
  const wrong = ERRORS.find(has);
  if (wrong) lamps.error.show("bad", wrong);
  else if (has("cover_open")) lamps.error.show("warn", t("cover-open"));
  else lamps.error.show("off", t("lamp-off"));
}

/** The cash drawer below the printer. */
function drawerOf() {
  const says = el("span", { class: "drawer-says" }, t("drawer-shut"));
  const element = el("div", { class: "drawer", "data-open": "false" },
    el("div", { class: "drawer-front" }, el("span", { class: "lock", "aria-hidden": "true" }), says));
  let pulses = 0;
  let held = false;
  let timer = 0;
  const show = (/** @type {boolean} */ open) => {
    element.dataset.open = String(open);
    const state = open ? t("drawer-open") : t("drawer-shut");
    says.textContent = pulses > 0 ? `${state} · ${t("pulses", { count: pulses })}` : state;
  };
  return {
    element,
    /** @param {boolean} now */
    stays(now) {
      held = now;
      show(held);
    },
    /** @param {number} now @param {boolean} fresh */
    pulse(now, fresh) {
      pulses = now;
      show(fresh || held);
      clearTimeout(timer);
      if (fresh && !held) timer = setTimeout(() => show(held), OPEN_MS);
    },
  };
}
