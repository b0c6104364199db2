// Copy buttons: <button data-copy="#id"> copies that element's text and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    document.dispatchEvent(new CustomEvent("toast", { detail: "The browser refused to copy. Select the text instead." }));
    return;
  }
  const label = button.querySelector("span");
  button.classList.add("copied");
  label.textContent = "Copied";
  setTimeout(() => {
    button.classList.remove("copied");
    label.textContent = "Copy";
  }, 1600);
});
