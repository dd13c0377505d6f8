// What every page needs: its words, elements, and a voice for screen readers.

/** @typedef {string | Node | null | undefined | false} Child */

/** @type {Record<string, string>} */
const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

export const language = document.documentElement.lang;

/**
 * A text in the page's language; `{name}` stands for a value.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * Whether the page has words for this.
 * @param {string} key
 * @returns {boolean}
 */
export const knows = (key) => key in words;

/**
 * A text that comes in both languages.
 * @param {{zh?: string, en?: string} | string | null | undefined} say
 * @returns {string}
 */
export function inLanguage(say) {
  if (typeof say === "string") return say;
  return (language.startsWith("zh") ? say?.zh : say?.en) ?? "";
}

/**
 * An element. Attributes: `class`, `on` (listeners by event), anything else as it is.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") {
      for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    } else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, String(value));
  }
  made.append(...children.filter(isThere));
  return made;
}

/**
 * @param {Child} child
 * @returns {child is string | Node}
 */
function isThere(child) {
  return child !== null && child !== undefined && child !== false;
}

/**
 * Tell screen readers, once they have said what they are saying.
 * @param {string} text
 */
export function say(text) {
  const voice = document.getElementById("say");
  if (voice) voice.textContent = text;
}

/**
 * Show whether the page still hears of what happens.
 * @param {"online" | "offline" | "ended"} state
 */
export function showLink(state) {
  const shown = document.getElementById("link-state");
  if (!shown || shown.dataset.state === state) return;
  shown.dataset.state = state;
  shown.textContent = t(state);
}

/** Whether somebody asked for less motion. */
export const still = matchMedia("(prefers-reduced-motion: reduce)");
