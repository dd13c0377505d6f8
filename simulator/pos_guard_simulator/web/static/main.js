// The live page: a card for each device, and what happens between them.

import { el, showLink, t } from "/shell/shell.js";
import { facts, listen } from "./api.js";
import { deviceCard } from "./device.js";
import { Frames } from "./frames.js";
import { setCurrencies } from "./money.js";
import { paymentCard } from "./payment.js";
import { printerCard } from "./printer.js";
import { providerCard } from "./provider.js";
import { scannerCard } from "./scanner.js";
import { Scenario } from "./scenario.js";
import { Verdicts } from "./verdicts.js";

/**
 * @typedef {{devices: import("./device.js").Device[],
 *   currencies: Record<string, {code: string, digits: number}>}} Stage
 */

/** @type {Stage} */
const stage = JSON.parse(document.getElementById("stage")?.textContent ?? "{}");

/** @type {Record<string, (device: import("./device.js").Device) => import("./device.js").Card>} */
const KINDS = {
  printer: printerCard,
  scanner: scannerCard,
  terminal: paymentCard,
  host: paymentCard,
  provider: providerCard,
};

setCurrencies(stage.currencies);

/** @type {Map<string, import("./device.js").Card>} */
const cards = new Map();
const frames = new Frames(stage.devices.map((device) => device.name));
const verdicts = new Verdicts();
const scenario = new Scenario();

// A printer is tall: it has a column of its own, the others share the second one.
const columns = [el("div", { class: "column" }), el("div", { class: "column" })];
for (const [number, device] of stage.devices.entries()) {
  const card = (KINDS[device.kind] ?? deviceCard)(device);
  cards.set(device.name, card);
  const printers = stage.devices.filter((one) => one.kind === "printer").length;
  const mixed = printers > 0 && printers < stage.devices.length;
  columns[mixed ? Number(device.kind !== "printer") : number % 2]?.append(card.element);
}
document.getElementById("devices")?.append(...columns.filter((one) => one.hasChildNodes()));
document.getElementById("side")?.append(verdicts.element, scenario.element, frames.element);
if (stage.devices.length === 0) document.getElementById("devices")?.append(el("p", {}, t("no-devices")));

/**
 * What a device is like before anything is told of it: a fault that was there from the start.
 * @param {import("./device.js").Device} device
 */
async function begin(device) {
  const { state } = await facts(device.name);
  for (const [kind, now] of Object.entries(state ?? {})) {
    const event = { seq: 0, at_ms: 0, device: device.name, kind, body: { now } };
    cards.get(device.name)?.hear(event, false);
  }
}

await Promise.allSettled(stage.devices.map(begin));
listen({
  hear(event, fresh) {
    frames.hear(event);
    verdicts.hear(event, fresh);
    scenario.hear(event, fresh);
    cards.get(event.device)?.hear(event, fresh);
  },
  state: showLink,
  another: () => location.reload(),
}).then(
  () => document.body.setAttribute("data-ready", "true"),
  () => showLink("offline"),
);
