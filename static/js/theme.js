// Blocking in <head> so that no page flashes in the wrong colours; also the toggle itself.
(() => {
  const root = document.documentElement;
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const store = (theme) => {
    try { theme ? localStorage.setItem("theme", theme) : localStorage.removeItem("theme"); } catch { /* private mode */ }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    root.dispatchEvent(new CustomEvent("themechange"));
  };
  root.classList.add("js");
  apply(stored());
  addEventListener("storage", (event) => { if (event.key === "theme") apply(event.newValue); });
  systemDark.addEventListener("change", () => root.dispatchEvent(new CustomEvent("themechange")));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const system = systemDark.matches ? "dark" : "light";
    const next = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
    const choice = next === system ? null : next; // agreeing with the system means following it again
    store(choice);
    apply(choice);
  });
})();
