// Tabs that scroll in one line start where the current one can be seen.
for (const strip of document.querySelectorAll(".chips, .sub-nav")) {
  const current = strip.querySelector("[aria-current]");
  if (current) strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}
