// The language chosen in one code example is chosen in all, and remembered. The tabs themselves are radio buttons.
(() => {
  const choose = (language) => {
    for (const radio of document.querySelectorAll(".code-tabs input[type=radio]")) {
      if (radio.value === language) radio.checked = true;
    }
  };
  try {
    const remembered = localStorage.getItem("code-language");
    if (remembered) choose(remembered);
  } catch { /* private mode */ }
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".code-tabs input[type=radio]")) return;
    choose(event.target.value);
    try { localStorage.setItem("code-language", event.target.value); } catch { /* private mode */ }
  });
})();
