// The control API (docs/control-api.md), as the page uses it.

/**
 * @typedef {{seq: number, at_ms: number, device: string, kind: string, body: Record<string, any>}}
 *   StageEvent
 * @typedef {(event: StageEvent, fresh: boolean) => void} Hear
 */

/** How long the page waits before it calls again when the browser has given up. */
const AGAIN_MS = 2000;

/** Something that could not be done; the message is the simulator's own. */
export class ApiError extends Error {}

/**
 * @param {string} path
 * @param {RequestInit} [request]
 * @returns {Promise<any>}
 */
async function call(path, request = {}) {
  const answer = await fetch(path, { credentials: "same-origin", ...request });
  const body = await answer.json();
  if (!answer.ok) throw new ApiError(body?.error?.message ?? answer.statusText);
  return body;
}

/** @param {string} device */
const at = (device) => `/v1/devices/${encodeURIComponent(device)}`;

/**
 * Ask a device something, or do something to it.
 * @param {string} device
 * @param {string} op
 * @param {Record<string, any>} [fields]
 */
export const ask = (device, op, fields = {}) =>
  call(`${at(device)}/${op}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });

/**
 * What a device is, where, and how it is now.
 * @param {string} device
 */
export const facts = (device) => call(at(device));

/**
 * The receipts of a printer that are kept.
 * @param {string} device
 * @returns {Promise<{receipts: {number: number, text: string}[], loose: string}>}
 */
export const receipts = (device) => call(`${at(device)}/receipts`);

/**
 * Where a receipt's picture is.
 * @param {string} device
 * @param {number} number
 */
export const picture = (device, number) => `${at(device)}/receipts/${number}.png`;

/**
 * Show a scanner a picture.
 * @param {string} device
 * @param {Blob} file
 */
export const showPicture = (device, file) =>
  call(`${at(device)}/scan-picture`, {
    method: "POST",
    headers: { "Content-Type": file.type || "image/png" },
    body: file,
  });

/**
 * Everything that has happened, and then everything that happens.
 *
 * `hear` gets each event once, in order; `fresh` is false for what was before the page came.
 * `state` hears whether the stream is there. Another run begins to count anew: `another`.
 * @param {{hear: Hear, state: (state: "online" | "offline" | "ended") => void,
 *   another: () => void}} to
 */
export async function listen({ hear, state, another }) {
  let last = 0;
  for (let more = true; more; ) {
    const found = await call(`/v1/events?since=${last}`);
    for (const event of found.events) hear(event, false);
    last = found.next;
    more = found.more;
  }

  const open = () => {
    const stream = new EventSource(`/v1/events?since=${last}`);
    stream.onopen = () => state("online");
    stream.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.seq <= last) return another();
      last = event.seq;
      hear(event, true);
    };
    stream.addEventListener("end", () => {
      stream.close();
      state("ended");
      setTimeout(open, AGAIN_MS);
    });
    stream.onerror = () => {
      // After the end it stays "ended": the next run is another one.
      if (stream.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
      state("offline");
    };
  };
  open();
}
