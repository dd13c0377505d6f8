// A payment terminal or a host: its screen, its keys, what it will do, and what it did.

import { el, say, t } from "/shell/shell.js";
import { deviceCard } from "./device.js";
import { money } from "./money.js";

/** Rows of the journal, newest first. */
const SHOWN = 8;

/** Which keys do something while the screen shows this. @type {Record<string, string[]>} */
const KEYS = { asks: ["stop", "decline", "ok"], working: ["stop"] };

/**
 * @param {import("./device.js").Device} device
 * @returns {import("./device.js").Card}
 */
export function paymentCard(device) {
  const screen = screenOf(device);
  const rows = el("tbody");
  const table = el("table", { class: "book", hidden: true },
    el("caption", {}, t("book")),
    el("thead", {}, el("tr", {}, ...["what", "amount", "number", "state"].map(
      (name) => el("th", { scope: "col" }, t(`book-${name}`))))),
    rows);
  /** @type {Record<string, HTMLElement>} */
  const keys = {};
  for (const name of ["stop", "decline", "ok"]) {
    keys[name] = el("button", {
      class: `key ${name}`, type: "button", "aria-disabled": "true",
      on: { click: () => press(name) },
    }, el("span", { class: "sign", "aria-hidden": "true" }), t(`key-${name}`));
  }
  const asks = el("button", {
    class: "switch asks", type: "button", role: "switch", "aria-checked": "false",
    on: { click: () => card.act(asked() ? "clear" : "fault", { name: "ask" }) },
  }, t("ask-me"));
  // Its own switch is this one.
  const faults = device.faults.filter((fault) => fault.name !== "ask");
  const card = deviceCard({ ...device, faults },
    el("div", { class: "terminal-body" }, screen.element,
      el("div", { class: "keys", role: "group", "aria-label": t("keys") }, ...Object.values(keys))),
    asks, table);

  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  const asked = () => asks.getAttribute("aria-checked") === "true";

  /** @param {string} key */
  function press(key) {
    if (keys[key]?.getAttribute("aria-disabled") !== "true") card.act("press", { key });
  }

  /** @param {Record<string, any>} body */
  function moved(body) {
    const key = `${body.kind} ${body.receipt ?? body.key} ${body.trace ?? body.number}`;
    const row = el("tr", { class: body.reversed ? "undone" : "" },
      el("td", {}, String(body.kind)),
      el("td", { class: "figure" }, money(body.amount, body.currency, device.name)),
      el("td", { class: "figure" }, String(body.receipt ?? body.number ?? "")),
      el("td", {}, t(body.reversed ? "taken-back" : "stands")));
    const old = known.get(key);
    if (old?.isConnected) old.replaceWith(row);
    else rows.prepend(row);
    known.set(key, row);
    rows.children[SHOWN]?.remove();
    table.hidden = false;
  }

  /** @param {number | undefined} amount @param {string} word */
  function decides(amount, word) {
    const own = !word.startsWith("link:") && !device.faults.some(
      (fault) => fault.name === word && !fault.lasts);
    if (amount === undefined && own) asks.setAttribute("aria-checked", String(/^ask\b/.test(word)));
  }

  /** @type {Record<string, (body: Record<string, any>, fresh: boolean) => void>} */
  const on = {
    screen({ now }, fresh) {
      const says = screen.show(now);
      const live = KEYS[now.shows] ?? [];
      for (const [name, key] of Object.entries(keys)) {
        key.setAttribute("aria-disabled", String(!live.includes(name)));
      }
      if (fresh) say(`${device.name}: ${says}`);
    },
    script({ amount, do: word }) {
      decides(amount, word);
    },
    fault({ amount, name }) {
      decides(amount, name);
    },
    clear({ amount }) {
      decides(amount, "");
    },
    moved,
    changed: moved,
  };
  return {
    element: card.element,
    hear(event, fresh) {
      card.hear(event, fresh);
      on[event.kind]?.(event.body, fresh);
    },
  };
}

/** @param {import("./device.js").Device} device */
function screenOf(device) {
  const line = el("p", { class: "screen-line" }, t("screen-idle"));
  const amount = el("p", { class: "screen-amount" });
  const hint = el("p", { class: "screen-hint" });
  const element = el("div", { class: "screen", "data-shows": "idle" },
    el("p", { class: "screen-head" }, device.facts.terminal_id ?? device.facts.profile ?? device.name),
    el("span", { class: "screen-sign", "aria-hidden": "true" }), line, amount, hint);
  return {
    element,
    /** @param {{shows: string, amount: number | null, currency: number | null}} now */
    show(now) {
      element.dataset.shows = now.shows;
      line.textContent = t(`screen-${now.shows}`);
      amount.textContent = money(now.amount, now.currency, device.name);
      hint.textContent = now.shows === "asks" ? t("screen-asks-hint") : "";
      return `${line.textContent} ${amount.textContent}`.trim();
    },
  };
}
