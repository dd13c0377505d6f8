// The paper of a printer: what stands in the slot, and above it what was cut off.

import { el, still, t } from "/shell/shell.js";
import { picture } from "./api.js";
import { follow } from "./follow.js";

/** Receipts that stay in the page; the printer keeps more, and so does its folder. */
const SHOWN = 30;

/** Milliseconds for a line, and at most for all that came at once. */
const LINE_MS = 45;
const LONGEST_MS = 1200;

/** Dots of the table around the paper in each picture; it is not shown here. */
const DESK = 20;

/** Dots of an 80 mm paper, whose width the style sheet has. */
const WIDE = 640;

/** A roll of paper. */
export class Paper {
  /** @param {string} device */
  constructor(device) {
    this.device = device;
    this.text = el("pre");
    this.drawn = el("div", { class: "slip-picture" });
    this.live = el("div", { class: "slip live", hidden: true }, this.drawn, this.text);
    this.strip = el("div", { class: "strip" }, this.live);
    this.empty = el("p", { class: "no-paper" }, t("no-paper"));
    this.element = el("div", {
      class: "roll", tabindex: 0, role: "region", "aria-label": t("paper-of", { device }),
    }, this.empty, this.strip);
    this.carry = follow(this.element);
    this.version = 0;
    this.drawing = false;
  }

  /**
   * What stands on the paper that is not cut yet.
   * @param {string} text
   * @param {boolean} fresh
   */
  print(text, fresh) {
    const before = this.height;
    this.version += 1;
    this.live.hidden = text === "";
    this.text.textContent = text;
    if (text === "") this.drawn.replaceChildren();
    else this.empty.hidden = true;
    this.moved(before, fresh);
    this.draw();
  }

  /**
   * A receipt was cut off.
   * @param {number} number
   * @param {string} text
   */
  cut(number, text) {
    const words = el("details", { class: "as-text" }, el("summary", {}, t("as-text")));
    const written = el("pre", {}, text);
    const shown = el("div", { class: "slip-picture" });
    const caption = el("figcaption", {}, t("receipt-number", { number }));
    const slip = el("figure", { class: "slip cut", "data-number": number },
      shown, written, el("div", { class: "slip-foot" }, caption, words));
    // Until the picture is there, and where there is none, the text stands for it.
    // Of a thousand receipts at once only those that stay are drawn.
    requestAnimationFrame(() => {
      if (!slip.isConnected) return;
      this.load(number, t("receipt-number", { number }), (image) => {
        shown.replaceChildren(image);
        words.append(written);
      });
    });
    this.empty.hidden = true;
    this.strip.insertBefore(slip, this.live);
    const slips = this.strip.querySelectorAll(".slip.cut");
    if (slips.length > SHOWN) slips[0]?.remove();
    this.moved(this.height, false);
  }

  /** Draw the paper in the slot: one picture at a time, and the newest in the end. */
  draw() {
    if (this.drawing || this.live.hidden) return;
    const version = this.version;
    this.drawing = true;
    this.load(0, this.text.textContent ?? "", (image) => {
      if (!this.live.hidden) this.drawn.replaceChildren(image);
    }, () => {
      this.drawing = false;
      if (version !== this.version) this.draw();
    });
  }

  /**
   * Load a picture, and let it grow the paper.
   * @param {number} number
   * @param {string} alt
   * @param {(image: HTMLImageElement) => void} show
   * @param {() => void} [done]
   */
  load(number, alt, show, done = () => {}) {
    const image = /** @type {HTMLImageElement} */ (el("img", { alt }));
    image.addEventListener("load", () => {
      const before = this.height;
      const dots = image.naturalWidth - 2 * DESK;
      image.style.setProperty("--desk", String(DESK / dots));
      this.element.style.setProperty("--wide", String(dots / WIDE));
      show(image);
      this.moved(before, number === 0);
      done();
    });
    image.addEventListener("error", done);
    image.src = `${picture(this.device, number)}${number ? "" : `?v=${this.version}`}`;
  }

  get height() {
    return this.strip.offsetHeight;
  }

  /**
   * The newest paper is seen, unless somebody looks at an older one; it comes out of the slot.
   * @param {number} before
   * @param {boolean} fresh
   */
  moved(before, fresh) {
    this.carry();
    const pixels = this.height - before;
    if (!fresh || pixels <= 0 || still.matches) return;
    const lines = Math.max(1, Math.round(pixels / 16));
    this.strip.animate(
      [{ transform: `translateY(${pixels}px)` }, { transform: "none" }],
      { duration: Math.min(lines * LINE_MS, LONGEST_MS), easing: `steps(${lines * 2}, end)` },
    );
  }
}
