// Keeps the end of a list in sight, unless somebody has scrolled back.

/** How far from the end somebody may be to be carried along. */
const NEAR_PX = 48;

/**
 * @param {HTMLElement} box
 * @returns {() => void} to be called when something was added
 */
export function follow(box) {
  let pinned = true;
  let last = 0;
  const carry = () => {
    if (pinned) box.scrollTop = box.scrollHeight;
  };
  box.addEventListener("scroll", () => {
    const { scrollTop, scrollHeight, clientHeight } = box;
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) pinned = true;
    else if (scrollTop < last) pinned = false; // nobody but a person scrolls back
    last = scrollTop;
  });
  new ResizeObserver(carry).observe(box);
  return carry;
}
