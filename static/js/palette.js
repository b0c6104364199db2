// Command palette: ⌘K, Ctrl-K or "/". Results come from /search through htmx; arrows walk the links.
(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const links = () => [...dialog.querySelectorAll("#palette-results a")];

  const open = () => {
    if (dialog.open) return;
    document.querySelector(".menu[open]")?.removeAttribute("open");
    dialog.showModal();
    input.select();
    input.dispatchEvent(new Event("palette:open"));
  };
  const typingElsewhere = (target) => target.closest?.("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    const command = event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey);
    const slash = event.key === "/" && !typingElsewhere(event.target) && !event.metaKey && !event.ctrlKey && !event.altKey;
    if (!command && !slash) return;
    event.preventDefault();
    command && dialog.open ? dialog.close() : open();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]")) {
      event.preventDefault();
      open();
    }
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const found = links();
    const at = found.indexOf(document.activeElement);
    if (event.key === "ArrowDown") found[Math.min(at === -1 && found.length > 1 ? 1 : at + 1, found.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? found[at - 1] : input).focus();
    else if (event.key === "Enter" && document.activeElement === input && found.length) location.assign(found[0].href);
    else if (event.key.length === 1 && at !== -1 && !event.metaKey && !event.ctrlKey) return input.focus();
    else return;
    event.preventDefault();
  });
  if (/mac|iphone|ipad/i.test(navigator.platform)) return;
  for (const key of document.querySelectorAll("[data-palette-key]")) key.textContent = "Ctrl K";
})();
