// Switches for everything that can go wrong with a device and its line.

import { el, t } from "/shell/shell.js";

/**
 * @typedef {{name: string, unit: string, usual: number | string | null, words: string[]}} Parameter
 * @typedef {{name: string, group: string, does: string, real: string, lasts: boolean,
 *   parameters: Parameter[]}} Fault
 */

/** How the faults are grouped, and under which heading. */
const GROUPS = ["device", "host", "link"];

/**
 * @param {Fault[]} faults
 * @param {import("./device.js").Act} act
 */
export function faultPanel(faults, act) {
  /** @type {Map<string, HTMLElement>} */
  const switches = new Map();
  const own = faults.filter((fault) => fault.group === "device");

  const count = el("span", { class: "chip bad", hidden: true });
  /** @param {string} name @param {boolean} on */
  const turn = (name, on) => {
    switches.get(name)?.setAttribute("aria-checked", String(on));
    const all = [...switches.values()].filter((one) => one.getAttribute("aria-checked") === "true");
    count.hidden = all.length === 0;
    count.textContent = all.length > 0 ? String(all.length) : "";
  };

  const element = faults.length === 0 ? null : el(
    "details", { class: "faults" },
    el("summary", {}, t("faults"), " ", count),
    ...GROUPS.flatMap((group) => {
      const some = faults.filter((fault) => fault.group === group);
      if (some.length === 0) return [];
      const rows = some.map((fault) => row(fault, act, switches));
      return [el("h3", {}, t(`group-${group}`)), el("ul", {}, ...rows)];
    }),
  );
  const known = new Set(own.map((fault) => fault.name));

  return {
    element,
    /** @param {import("./api.js").StageEvent} event */
    hear(event) {
      const { kind, body } = event;
      // What a device says of itself is the truth; of a line only what was asked for is known.
      if (kind === "faults") for (const name of known) turn(name, body.now.includes(name));
      else if (kind === "fault" || kind === "clear") {
        const name = switches.has(body.name) ? body.name : String(body.name).split(":")[0];
        if (!known.has(name)) turn(name, kind === "fault");
      }
    },
  };
}

/**
 * @param {Fault} fault
 * @param {import("./device.js").Act} act
 * @param {Map<string, HTMLElement>} switches
 */
function row(fault, act, switches) {
  const inputs = fault.parameters.map(parameterInput);
  const fields = () => {
    /** @type {Record<string, any>} */
    const told = { name: fault.name };
    for (const { name, value } of inputs) {
      const given = value();
      // `name:CODE` stands behind the word, everything else is a field of its own.
      if (given !== null && name.startsWith("name:")) told.name = `${fault.name}:${given}`;
      else if (given !== null) told[name] = given;
    }
    return told;
  };
  number += 1;
  const says = el("p", { class: "label", id: `fault-${number}`, title: fault.real }, fault.does);
  // A line's fault stands under the line's heading.
  const label = fault.name.replace(/^link:/, "");
  const looks = fault.lasts
    ? { class: "switch", role: "switch", "aria-checked": "false" }
    : { class: "button small once" };
  const button = el("button", { type: "button", "aria-describedby": says.id, ...looks }, label);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-checked") === "true") act("clear", { name: fault.name });
    else act("fault", fields());
  });
  if (fault.lasts) switches.set(fault.name, button);
  return el("li", { class: "fault" }, button, ...withParameters(label, inputs), says);
}

/**
 * A button that unfolds the parameters.
 * @param {string} label
 * @param {{element: HTMLElement}[]} inputs
 * @returns {HTMLElement[]}
 */
function withParameters(label, inputs) {
  if (inputs.length === 0) return [];
  const fields = el("div", { class: "parameters", hidden: true }, ...inputs.map((one) => one.element));
  const unfold = el("button", {
    class: "with", type: "button", "aria-expanded": "false", "aria-label": `${t("with")} (${label})`,
  }, t("with"));
  unfold.addEventListener("click", () => {
    fields.hidden = !fields.hidden;
    unfold.setAttribute("aria-expanded", String(!fields.hidden));
  });
  return [unfold, fields];
}

let number = 0;

/**
 * @param {Parameter} parameter
 * @returns {{name: string, element: HTMLElement, value: () => string | number | null}}
 */
function parameterInput(parameter) {
  const { name, unit, usual, words } = parameter;
  if (words.length > 0) {
    const input = /** @type {HTMLSelectElement} */ (el(
      "select", { class: "field small" },
      ...words.map((word) => el("option", { value: word, selected: word === usual }, word)),
    ));
    return { name, element: el("label", {}, name, input), value: () => input.value };
  }
  const behind = name.startsWith("name:");
  const input = /** @type {HTMLInputElement} */ (el("input", {
    class: "field small", placeholder: usual ?? "",
    ...(behind ? { maxlength: 12 } : { type: "number", min: 0, step: 1, inputmode: "numeric" }),
  }));
  const value = () => {
    if (input.value === "") return null;
    return behind ? input.value : Number.parseInt(input.value, 10);
  };
  const label = behind ? name.slice("name:".length) : name;
  return { name, element: el("label", {}, `${label} (${unit})`, input), value };
}
