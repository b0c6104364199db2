// Filter bars: unset fields stay out of the address, chosen selects look chosen, back restores the fields.
(() => {
  const idle = (field) => field.value === "" || field.value === field.dataset.neutral;
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.matches("form.filters")) return;
    for (const field of event.target.elements) if (field.name && idle(field)) event.detail.formData.delete(field.name);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[method=get]")) return;
    for (const field of event.target.elements) if (field.name && idle(field)) field.disabled = true;
    setTimeout(() => { for (const field of event.target.elements) field.disabled = false; });
  });
  const mark = (form) => {
    let any = false;
    for (const field of form.elements) {
      if (!field.name) continue;
      if (field.tagName === "SELECT") field.classList.toggle("chosen", !idle(field));
      any ||= !idle(field);
    }
    const clear = form.querySelector(".clear");
    if (clear) clear.hidden = !any;
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form.filters");
    if (form) mark(form);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form.filters").forEach(mark));
})();
