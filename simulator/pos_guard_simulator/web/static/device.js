// What the cards of all devices have in common: a head, a place for the device, its faults.

import { el, say, t } from "/shell/shell.js";
import { ApiError, ask, facts } from "./api.js";
import { faultPanel } from "./faults.js";

/**
 * @typedef {import("./faults.js").Fault} Fault
 * @typedef {{name: string, kind: string, title: string, facts: Record<string, any>,
 *   addresses: Record<string, any>, faults: Fault[]}} Device
 * @typedef {{element: HTMLElement, hear: import("./api.js").Hear}} Card
 */

/**
 * Do something to a device; what goes wrong is said on its card.
 * @callback Act
 * @param {string} op
 * @param {Record<string, any>} [fields]
 * @returns {Promise<any>} the answer, or null
 */

/**
 * A card without its device.
 * @param {Device} device
 * @param {...(Node | null)} inside
 * @returns {{element: HTMLElement, act: Act, attempt: (work: () => Promise<any>) => Promise<any>,
 *   hear: import("./api.js").Hear}}
 */
export function deviceCard(device, ...inside) {
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const connection = el("span", { class: "chip" }, t("nobody"));
  const addresses = el("ul", { class: "addresses" });
  const title = el("h2", { id: `h-${device.name}` }, device.name);

  /** @param {() => Promise<any>} work */
  const attempt = async (work) => {
    try {
      const answer = await work();
      trouble.hidden = true;
      return answer;
    } catch (error) {
      trouble.textContent = error instanceof ApiError ? error.message : t("not-reached");
      trouble.hidden = false;
      return null;
    }
  };
  /** @type {Act} */
  const act = (op, fields) => attempt(() => ask(device.name, op, fields));
  const faults = faultPanel(device.faults, act);
  const cable = el("div", { class: "cable" },
    el("button", { class: "button small", type: "button", on: { click: () => act("unplug") } },
      t("unplug")),
    el("button", { class: "button small", type: "button", on: { click: () => act("plug") } },
      t("plug")));

  const element = el(
    "section",
    { class: `card device ${device.kind}`, id: `d-${device.name}`, "aria-labelledby": title.id },
    el("header", { class: "device-head" }, title, el("span", { class: "label" }, device.title),
      connection),
    ...inside,
    trouble,
    el("footer", { class: "device-foot" }, addresses, faults.element, cable),
  );
  showAddresses(addresses, device.addresses);

  return {
    element,
    act,
    attempt,
    hear(event, fresh) {
      faults.hear(event);
      if (event.kind === "connected" || event.kind === "closed") {
        const there = event.kind === "connected";
        connection.className = there ? "chip good" : "chip";
        connection.textContent = t(there ? "connected" : "nobody");
      }
      if (fresh && (event.kind === "plug" || event.kind === "unplug")) {
        say(`${device.name}: ${t(event.kind === "plug" ? "plugged" : "unplugged")}`);
        attempt(() => facts(device.name)).then((now) => {
          if (now) showAddresses(addresses, now.addresses);
        });
      }
    },
  };
}

/**
 * @param {HTMLElement} list
 * @param {Record<string, any>} addresses
 */
function showAddresses(list, addresses) {
  list.replaceChildren(
    ...Object.entries(addresses).map(([place, address]) => {
      const code = el("code", {}, String(address));
      const copy = el("button", {
        class: "button small", type: "button", "aria-label": t("copy-what", { what: address }),
        on: { click: () => copyText(String(address), copy) },
      }, t("copy"));
      return el("li", {}, el("span", { class: "label" }, place), code, copy);
    }),
  );
}

/**
 * @param {string} text
 * @param {HTMLElement} button
 */
async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = t("copied");
    say(t("copied"));
    setTimeout(() => (button.textContent = t("copy")), 1500);
  } catch {
    button.textContent = t("copy-by-hand");
  }
}
