// What the guard decided, and what it says to people.

import { el, inLanguage, knows, say, t } from "/shell/shell.js";
import { money } from "./money.js";

/** Entries in the page, newest first. */
const KEPT = 100;

/** Milliseconds between the guard's record and its words for the cashier, at most. */
const TOGETHER_MS = 1500;

/** @type {Record<string, string>} */
const LOOKS = { ALLOW: "good", WARN: "warn", REQUIRE: "warn", asks: "warn" };

/**
 * @typedef {{at_ms: number, level: string, about: (string | null)[], why: string[], words: string,
 *   item: HTMLElement}} Judged
 */

/** The list; it is there once a guard has decided something. */
export class Verdicts {
  constructor() {
    this.list = el("ol", { class: "verdicts" });
    /** @type {Map<string, Judged>} by link */
    this.judged = new Map();
    this.element = el("section", { class: "card panel", hidden: true, "aria-labelledby": "h-verdicts" },
      el("header", { class: "panel-head" }, el("h2", { id: "h-verdicts" }, t("verdicts"))), this.list);
  }

  /** @param {import("./api.js").StageEvent} event @param {boolean} fresh */
  hear(event, fresh) {
    if (event.kind === "verdict") this.verdict(event, fresh);
    else if (event.device === "guard" && (event.kind === "told" || event.kind === "asked")) {
      this.told(event, fresh);
    }
  }

  /** @param {import("./api.js").StageEvent} event @param {boolean} fresh */
  verdict({ body, at_ms }, fresh) {
    const amount = money(body.amount ?? null, null, body.link);
    const about = [body.operation || body.kind, amount, body.link];
    const [words, why] = [inLanguage(body.say), [body.rule, body.reason]];
    const item = rowOf(body.level, about, words, why);
    this.add(item, null);
    // What is allowed needs no words: those that come then are of its end.
    if (LOOKS[body.level] === "good") this.judged.delete(body.link);
    else this.judged.set(body.link, { at_ms, level: body.level, about, why, words, item });
    if (fresh) say(`${t("verdicts")}: ${titleOf(body.level)}. ${words}`);
  }

  /** The words for the cashier come right behind the record: one entry for both.
   * @param {import("./api.js").StageEvent} event @param {boolean} fresh */
  told({ body, at_ms }, fresh) {
    const judged = this.judged.get(body.link);
    this.judged.delete(body.link);
    const one = judged && at_ms - judged.at_ms < TOGETHER_MS ? judged : null;
    const level = one?.level ?? body.level ?? "asks";
    const words = inLanguage(body.say);
    this.add(rowOf(level, one?.about ?? [body.link], words, one?.why ?? []), one?.item ?? null);
    if (fresh && words !== one?.words) say(`${t("verdicts")}: ${titleOf(level)}. ${words}`);
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
