// <time data-local>: the reader's zone, relative while fresh, in full on hover. <time data-moment>: day and hour there.
(() => {
  const minute = 60_000, hour = 60 * minute, day = 24 * hour;
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
  const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "long" });

  const exact = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

  const words = (then, age) => {
    if (age < 0 || age >= 7 * day) return date.format(then);
    if (age < minute) return "just now";
    if (age < hour) return relative.format(-Math.floor(age / minute), "minute");
    if (age < day) return relative.format(-Math.floor(age / hour), "hour");
    return relative.format(-Math.floor(age / day), "day");
  };
  const refresh = (scope) => {
    for (const element of scope.querySelectorAll("time[data-local]")) {
      const then = new Date(element.dateTime);
      element.textContent = words(then, Date.now() - then.getTime());
      element.title = full.format(then);
    }
    for (const element of scope.querySelectorAll("time[data-moment]")) {
      const then = new Date(element.dateTime);
      element.textContent = exact.format(then);
      element.title = full.format(then);
    }
  };
  refresh(document);
  document.addEventListener("htmx:load", (event) => refresh(event.detail.elt));
  setInterval(() => refresh(document), minute);
})();
