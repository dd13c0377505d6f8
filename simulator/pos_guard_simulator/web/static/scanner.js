// A scanner: codes that are typed, pictures that are dropped, and what became of each.

import { el, say, t } from "/shell/shell.js";
import { showPicture } from "./api.js";
import { deviceCard } from "./device.js";

/** Scans in the list, newest first. */
const SHOWN = 8;

/** Kinds of code that somebody may want to show. */
const SYMBOLOGIES = ["qr", "ean13", "code128", "data-matrix", "pdf417"];

/**
 * @param {import("./device.js").Device} device
 * @returns {import("./device.js").Card}
 */
export function scannerCard(device) {
  const list = el("ol", { class: "scans", "aria-label": t("scans") });
  const beam = el("div", { class: "beam", "aria-hidden": "true" });
  const card = deviceCard(device, el("div", { class: "scanner-body" }, head(beam)),
    codeForm(), dropZone(), list);

  function codeForm() {
    const input = /** @type {HTMLInputElement} */ (el("input", {
      class: "field", id: `code-${device.name}`, name: "code", autocomplete: "off",
      autocapitalize: "off", spellcheck: "false", placeholder: t("code-example"), maxlength: 4096,
    }));
    const kind = /** @type {HTMLSelectElement} */ (el(
      "select", { class: "field", "aria-label": t("symbology") },
      ...SYMBOLOGIES.map((one) => el("option", { value: one }, one)),
    ));
    return el(
      "form", { class: "code-form", on: { submit } },
      el("label", { class: "label", for: input.id }, t("code")),
      el("div", { class: "row" }, input, kind,
        el("button", { class: "button main", type: "submit" }, t("scan"))),
    );

    /** @param {Event} event */
    async function submit(event) {
      event.preventDefault();
      if (input.value === "") return;
      const shown = input.value;
      const seen = await card.act("scan", { payload: shown, symbology: kind.value });
      if (seen) note(hidden(shown), seen);
      input.select();
    }
  }

  function dropZone() {
    const file = /** @type {HTMLInputElement} */ (el("input", {
      type: "file", accept: "image/*", class: "visually-hidden", id: `file-${device.name}`,
      on: { change: () => take(file.files?.[0]) },
    }));
    const zone = el("label", { class: "drop", for: file.id }, file,
      el("strong", {}, t("drop")), el("span", { class: "label" }, t("drop-or")));
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      take(event.dataTransfer?.files[0]);
    });
    const trigger = el("button", {
      class: "button", type: "button", on: { click: () => card.act("trigger") },
    }, t("trigger"));
    return el("div", { class: "row drop-row" }, zone, trigger);

    /** @param {File | undefined} picture */
    async function take(picture) {
      if (!picture) return;
      const seen = await card.attempt(() => showPicture(device.name, picture));
      if (seen) note(picture.name, seen);
      file.value = "";
    }
  }

  /**
   * @param {string} what
   * @param {{read: boolean, why?: string, symbology?: string}} seen
   */
  function note(what, seen) {
    const says = seen.read ? t("read") : t("not-read", { why: seen.why ?? "" });
    list.prepend(el("li", {}, el("span", { class: `chip ${seen.read ? "good" : "bad"}` }, says),
      el("code", {}, what), seen.symbology ? el("span", { class: "label" }, seen.symbology) : null));
    list.children[SHOWN]?.remove();
    beam.classList.remove("flash");
    void beam.offsetWidth; // so that the same animation begins anew
    beam.classList.add("flash");
    say(`${device.name}: ${says}`);
  }

  return { element: card.element, hear: card.hear };
}

/** A code may pay: the page keeps what the simulator's own events would show. @param {string} code */
function hidden(code) {
  if (code.length <= 8) return code;
  return `${code.slice(0, 4)}${"•".repeat(Math.min(code.length - 8, 12))}${code.slice(-4)}`;
}

/** @param {HTMLElement} beam */
function head(beam) {
  return el("div", { class: "scanner-head" }, el("div", { class: "window", "aria-hidden": "true" }), beam);
}
