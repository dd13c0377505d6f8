// What the guard decided, and what it says to people.

import { el, inLanguage, knows, say, t } from "/shell/shell.js";
import { money } from "./money.js";

/** Entries in the page, newest first. */
const KEPT = 100;

/** Milliseconds between the guard's words and its record, at most. */
const TOGETHER_MS = 5000;

/** @type {Record<string, string>} */
const LOOKS = { ALLOW: "good", WARN: "warn", REQUIRE: "warn", asks: "warn" };

/** The list; it is there once a guard has decided something. */
export class Verdicts {
  constructor() {
    this.list = el("ol", { class: "verdicts" });
    /** @type {Map<string, {at_ms: number, words: string, item: HTMLElement}>} by link */
    this.told = new Map();
    this.element = el("section", { class: "card panel", hidden: true, "aria-labelledby": "h-verdicts" },
      el("header", { class: "panel-head" }, el("h2", { id: "h-verdicts" }, t("verdicts"))), this.list);
  }

  /** @param {import("./api.js").StageEvent} event @param {boolean} fresh */
  hear({ device, kind, body, at_ms }, fresh) {
    if (kind === "verdict") {
      const amount = money(body.amount ?? null, null, body.link);
      const about = [body.operation || body.kind, amount, body.link];
      // The words for the cashier come first, then the record: one entry for both.
      const told = this.told.get(body.link);
      const one = told && at_ms - told.at_ms < TOGETHER_MS ? told : null;
      this.told.delete(body.link);
      const words = one?.words ?? inLanguage(body.say);
      this.add(rowOf(body.level, about, words, [body.rule, body.reason]), one?.item ?? null);
      if (fresh && !one) say(`${t("verdicts")}: ${titleOf(body.level)}. ${words}`);
    } else if (device === "guard" && (kind === "told" || kind === "asked")) {
      const level = body.level ?? "asks";
      const words = inLanguage(body.say);
      const item = rowOf(level, [body.link], words, []);
      this.add(item, null);
      this.told.set(body.link, { at_ms, words, item });
      if (fresh) say(`${t("verdicts")}: ${titleOf(level)}. ${words}`);
    }
  }

  /** @param {HTMLElement} item @param {HTMLElement | null} inPlaceOf */
  add(item, inPlaceOf) {
    if (inPlaceOf?.isConnected) inPlaceOf.replaceWith(item);
    else this.list.prepend(item);
    this.list.children[KEPT]?.remove();
    this.element.hidden = false;
  }
}

/**
 * @param {string} level
 * @param {(string | null | undefined)[]} about
 * @param {string} words
 * @param {(string | null | undefined)[]} why
 */
function rowOf(level, about, words, why) {
  const reasons = why.filter(Boolean).join(" · ");
  return el("li", { class: "verdict" },
    el("span", { class: `chip ${LOOKS[level] ?? "bad"}` }, titleOf(level)),
    el("span", { class: "label" }, about.filter(Boolean).join(" · ")),
    words ? el("p", {}, words) : null,
    reasons ? el("p", { class: "label" }, reasons) : null);
}

/** @param {string} level */
function titleOf(level) {
  if (level === "asks") return t("asks");
  return knows(`level-${level}`) ? t(`level-${level}`) : level;
}
