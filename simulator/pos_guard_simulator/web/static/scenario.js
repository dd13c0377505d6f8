// A scenario as it is played: its steps, and what is expected.

import { el, inLanguage, say, t } from "/shell/shell.js";

/** Steps in the page, newest last. */
const KEPT = 200;

/** The list; it is there once a scenario does something. */
export class Scenario {
  constructor() {
    this.list = el("ol", { class: "steps" });
    this.element = el("section", { class: "card panel", hidden: true, "aria-labelledby": "h-scenario" },
      el("header", { class: "panel-head" }, el("h2", { id: "h-scenario" }, t("scenario"))), this.list);
  }

  /** @param {import("./api.js").StageEvent} event @param {boolean} fresh */
  hear(event, fresh) {
    const { kind, body } = event;
    if (kind !== "step" && kind !== "expectation") return;
    const met = kind === "expectation" ? body.met : body.done;
    const title = t(kind === "step" ? "step" : met ? "met" : "not-met");
    const look = met === false ? "bad" : kind === "step" ? "" : "good";
    const says = [body.title ?? body.name ?? "", ...(body.problems ?? []).map(inLanguage)].join(" · ");
    this.list.append(el("li", { class: "verdict" },
      el("span", { class: "when" }, (event.at_ms / 1000).toFixed(1)),
      el("span", { class: `chip ${look}` }, title), el("span", {}, says)));
    if (this.list.children.length > KEPT) this.list.firstElementChild?.remove();
    this.element.hidden = false;
    if (fresh && kind === "expectation") say(`${title}: ${says}`);
  }
}
