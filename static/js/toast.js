// Short messages: document.dispatchEvent(new CustomEvent("toast", {detail: "text"})). Server messages stand in the page already.
(() => {
  const region = document.getElementById("toasts");
  const leave = (toast) => {
    setTimeout(() => toast.classList.add("leaving"), 5000);
    setTimeout(() => toast.remove(), 5300);
  };
  document.addEventListener("toast", (event) => {
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.textContent = event.detail;
    region.append(toast);
    leave(toast);
  });
  region.querySelectorAll(".toast").forEach(leave);
  document.addEventListener("htmx:sendError", () =>
    document.dispatchEvent(new CustomEvent("toast", { detail: "No connection. What you see is from before." })));
  document.addEventListener("htmx:responseError", (event) =>
    document.dispatchEvent(new CustomEvent("toast", { detail: `The server answered ${event.detail.xhr.status}. Try again in a moment.` })));
})();
