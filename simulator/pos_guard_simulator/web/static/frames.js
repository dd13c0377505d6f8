// Every frame on every line, decoded as it passes.

import { el, t } from "/shell/shell.js";
import { follow } from "./follow.js";
import { noteCurrency } from "./money.js";

/** Frames in the page; older ones are in the journal of the simulator. */
const KEPT = 500;

/** Letters of a frame's fields that stand in its line. */
const WIDE = 160;

/** The list, with its filter and its pause. */
export class Frames {
  /** @param {string[]} devices */
  constructor(devices) {
    this.list = el("ol", {});
    this.box = el("div", { class: "frames", tabindex: 0, role: "group", "aria-label": t("frames") },
      this.list);
    this.filter = /** @type {HTMLInputElement} */ (el("input", {
      class: "field small", type: "search", placeholder: t("filter"), "aria-label": t("filter"),
      on: { input: () => this.sift() },
    }));
    this.device = /** @type {HTMLSelectElement} */ (el("select", {
      class: "field small", "aria-label": t("which-line"), on: { change: () => this.sift() },
    }, el("option", { value: "" }, t("all-lines")),
    ...devices.map((name) => el("option", { value: name }, name))));
    this.hold = el("button", {
      class: "button small", type: "button", "aria-pressed": "false", on: { click: () => this.pause() },
    }, t("pause"));
    const clear = el("button", {
      class: "button small", type: "button", on: { click: () => this.list.replaceChildren() },
    }, t("clear"));
    this.element = el("section", { class: "card panel", "aria-labelledby": "h-frames" },
      el("header", { class: "panel-head" }, el("h2", { id: "h-frames" }, t("frames")),
        el("div", { class: "row tools" }, this.device, this.filter, this.hold, clear)),
      this.box);
    this.carry = follow(this.box);
    /** @type {HTMLElement[]} */
    this.waiting = [];
    this.drawn = false;
    this.held = false;
  }

  /** @param {import("./api.js").StageEvent} event */
  hear(event) {
    if (event.kind === "frame") noteCurrency(event.device, event.body.intent?.currency);
    const line = lineOf(event);
    if (!line) return;
    this.waiting.push(line);
    if (this.waiting.length > KEPT) this.waiting.shift();
    if (!this.held && !this.drawn) {
      this.drawn = true;
      requestAnimationFrame(() => this.draw());
    }
  }

  draw() {
    this.drawn = false;
    if (this.held) return;
    for (const line of this.waiting) line.hidden = !this.fits(line);
    this.list.append(...this.waiting.splice(0));
    while (this.list.children.length > KEPT) this.list.firstElementChild?.remove();
    this.carry();
  }

  pause() {
    this.held = !this.held;
    this.hold.setAttribute("aria-pressed", String(this.held));
    this.hold.textContent = t(this.held ? "go-on" : "pause");
    this.draw();
  }

  sift() {
    for (const line of this.list.children) {
      /** @type {HTMLElement} */ (line).hidden = !this.fits(/** @type {HTMLElement} */ (line));
    }
  }

  /** @param {HTMLElement} line */
  fits(line) {
    const wanted = this.filter.value.toLowerCase();
    const device = this.device.value;
    return (device === "" || line.dataset.device === device)
      && (wanted === "" || (line.dataset.text ?? "").includes(wanted));
  }
}

/**
 * @param {import("./api.js").StageEvent} event
 * @returns {HTMLElement | null}
 */
function lineOf(event) {
  const { kind, body, device } = event;
  if (kind === "frame") {
    const error = body.error ? `${body.error.code}: ${body.error.message}` : "";
    return line(event, body.direction, body.name, error || summary(body.fields), body, error !== "");
  }
  if (kind === "bytes") {
    const says = body.raw ? body.raw.replace(/(..)(?=.)/g, "$1 ") : t("bytes", { count: body.bytes });
    return line(event, body.direction, says, "", null, false);
  }
  if (kind === "connected" || kind === "closed" || kind === "hangs-up") {
    const says = t(kind === "connected" ? "line-opened" : kind === "closed" ? "line-closed" : "line-hangs-up");
    return el("li", { class: "frame note", "data-device": device, "data-text": says.toLowerCase() },
      el("span", { class: "when" }, seconds(event.at_ms)), el("span", { class: "who" }, device), says);
  }
  return null;
}

/**
 * @param {import("./api.js").StageEvent} event
 * @param {"in" | "out"} way
 * @param {string} name
 * @param {string} says
 * @param {Record<string, any> | null} whole
 * @param {boolean} wrong
 */
function line(event, way, name, says, whole, wrong) {
  const head = [
    el("span", { class: "when" }, seconds(event.at_ms)),
    el("span", { class: "who" }, event.device),
    el("span", { class: `way ${way}` }, el("span", { "aria-hidden": "true" }, way === "in" ? "→" : "←"),
      el("span", { class: "visually-hidden" }, t(way === "in" ? "to-device" : "from-device"))),
    el("strong", {}, name),
    el("span", { class: "says" }, says.slice(0, WIDE)),
  ];
  const inside = whole
    ? el("details", {}, el("summary", {}, ...head), el("pre", {}, JSON.stringify(whole, null, 1)))
    : el("div", { class: "plain" }, ...head);
  return el("li", {
    class: wrong ? "frame wrong" : "frame", "data-device": event.device,
    "data-text": `${name} ${says}`.toLowerCase(),
  }, inside);
}

/** @param {any} fields */
function summary(fields) {
  if (!fields || typeof fields !== "object") return "";
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(" · ");
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(3)}`;
