// Pictures marked <a data-lightbox> open large in place; without scripts the link opens the picture itself.
(() => {
  const dialog = document.getElementById("lightbox");
  if (!dialog) return;
  const picture = dialog.querySelector("img");
  const caption = dialog.querySelector("footer p");
  const place = dialog.querySelector("[data-place]");
  let all = [], at = 0;

  const show = (index) => {
    at = (index + all.length) % all.length;
    const link = all[at];
    picture.src = link.href;
    picture.alt = link.querySelector("img")?.alt ?? "";
    caption.textContent = link.dataset.caption ?? "";
    place.textContent = `${at + 1} of ${all.length}`;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-lightbox]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      all = [...document.querySelectorAll("a[data-lightbox]")];
      show(all.indexOf(link));
      dialog.showModal();
    }
    const step = event.target.closest("[data-step]");
    if (step) show(at + Number(step.dataset.step));
    if (event.target === picture || event.target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(at + 1);
    if (event.key === "ArrowLeft") show(at - 1);
  });
  dialog.addEventListener("close", () => all[at]?.focus());
})();
