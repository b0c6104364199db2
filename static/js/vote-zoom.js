// Zoom and compare in place: one point, both pictures. Click, double tap or space; without scripts a link opens the picture.
(() => {
  const region = document.getElementById("main");
  const pair = () => region.querySelector("[data-pair]");
  let lastTap = 0;

  const aim = (event) => {
    const frame = event?.target.closest?.("[data-zoom]");
    const box = frame?.getBoundingClientRect();
    const share = (at, from, size) => `${Math.min(100, Math.max(0, (100 * (at - from)) / size)).toFixed(1)}%`;
    if (event && !box) return;
    pair().style.setProperty("--x", box && event.clientX ? share(event.clientX, box.left, box.width) : "50%");
    pair().style.setProperty("--y", box && event.clientY ? share(event.clientY, box.top, box.height) : "50%");
  };
  const toggle = (event) => {
    if (!pair().hasAttribute("data-zoomed")) aim(event);
    pair().toggleAttribute("data-zoomed");
  };
  region.addEventListener("click", (event) => {
    if (!event.target.closest("[data-zoom]") || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (event.pointerType === "touch") {
      if (event.timeStamp - lastTap < 350) toggle(event);
      lastTap = event.timeStamp;
    } else if (event.detail < 2) toggle(event);
  });
  region.addEventListener("pointermove", (event) => {
    if (pair()?.hasAttribute("data-zoomed")) aim(event);
  });
  document.addEventListener("keydown", (event) => {
    if (!pair() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") pair().removeAttribute("data-zoomed");
    if (event.key === " " && !event.target.closest("a, button, input, textarea, select, summary")) {
      event.preventDefault();
      toggle(null);
    }
  });
})();
