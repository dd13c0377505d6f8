// Amounts: minor units from the devices, written as people write them.

import { language } from "/shell/shell.js";

/** @type {Record<string, {code: string, digits: number}>} */
let currencies = {};

/** @param {Record<string, {code: string, digits: number}>} known by ISO 4217 number */
export function setCurrencies(known) {
  currencies = known;
}

/** What each device's messages named last; a shop has one. @type {Map<string, string>} */
const seen = new Map();

/**
 * A request on a device's line named this currency.
 * @param {string} device
 * @param {string | null | undefined} code
 */
export function noteCurrency(device, code) {
  if (code) seen.set(device, code);
}

/**
 * @param {number | null} amount
 * @param {number | null | undefined} number the currency, as the device says it
 * @param {string} device
 * @returns {string}
 */
export function money(amount, number, device) {
  if (amount === null || amount === undefined) return "";
  const named = currencies[String(number)]?.code;
  noteCurrency(device, named);
  const all = new Set(seen.values());
  const code = named ?? seen.get(device) ?? (all.size === 1 ? [...all][0] : undefined);
  const known = Object.values(currencies).find((one) => one.code === code);
  // A device whose messages name no currency: its minor units are all that is known.
  if (!code || !known) return String(amount);
  const digits = String(amount).padStart(known.digits + 1, "0");
  const whole = digits.slice(0, digits.length - known.digits);
  const parts = known.digits > 0 ? `${whole}.${digits.slice(-known.digits)}` : whole;
  return new Intl.NumberFormat(language, {
    style: "currency", currency: code, minimumFractionDigits: known.digits,
  }).format(/** @type {any} */ (parts));
}
