// A voting session without reloads: choose by key, button or swipe; undo; reveal; the next pair is there already.
// Every step is the page's own form, sent in the background; without scripts the same forms work by themselves.
(() => {
  const GRACE_MS = 1200, SWIPE_PX = 56;
  const region = document.getElementById("stage")?.parentElement;
  if (!region) return;
  const said = document.getElementById("vote-said");
  let busy = false, next = null, grace = 0, usedKey = "", unhurried = false, failures = 0;

  const stage = () => document.getElementById("stage");
  const state = () => stage().dataset.state;
  // What can be said, by key and by side: the buttons tell.
  const choice = (kind, value) => form("vote")?.querySelector(`[data-${kind}="${value}"]`);
  const keyOf = (event) => (event.key.length === 1 ? event.key.toLowerCase() : event.key);
  const keys = new Set();
  const learn = () => {
    for (const button of form("vote")?.querySelectorAll("[data-key]") ?? []) keys.add(button.dataset.key);
  };
  const form = (name) => stage().querySelector(`form[data-${name}]`);
  const toast = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: text }));
  const say = (text) => { said.textContent = text; };
  const read = (html) => new DOMParser().parseFromString(html, "text/html").querySelector(".stage");
  const loaded = () => [...stage().querySelectorAll("[data-pair] img")].every((image) => image.complete && image.naturalWidth);

  const ask = (address, body) =>
    fetch(address, { method: body ? "POST" : "GET", body, headers: { "HX-Request": "true" }, credentials: "same-origin" });

  // What changes around the pictures; the pictures themselves stay where they are.
  const take = (fresh) => {
    const here = stage();
    for (const name of ["state", "battle", "url", "choice", "next"]) here.dataset[name] = fresh.dataset[name];
    for (const part of fresh.querySelectorAll("[data-part]"))
      here.querySelector(`[data-part="${part.dataset.part}"]`).replaceChildren(...part.childNodes);
    for (const figure of fresh.querySelectorAll(".shown")) {
      const own = here.querySelector(`.shown[data-side="${figure.dataset.side}"]`);
      own.classList.toggle("chosen", figure.classList.contains("chosen"));
      own.querySelector("a").href = figure.querySelector("a").href;
    }
    learn();
    here.querySelector('[data-part="controls"] .btn-primary')?.focus({ preventScroll: true });
  };

  const send = async (which, button) => {
    if (busy) return null;
    busy = true;
    clearTimeout(grace);
    const body = new FormData(which);
    if (button?.name) body.set(button.name, button.value);
    try {
      const answer = await ask(which.action, body);
      const html = await answer.text();
      if (!answer.ok) return refused(answer.status, html);
      return read(html);
    } catch {
      toast("No connection. Nothing is lost: choose again when it is back.");
      return null;
    } finally {
      busy = false;
    }
  };
  const refused = (status, html) => {
    const told = new DOMParser().parseFromString(html, "text/html").querySelector("[data-refused]");
    const words = told?.textContent ?? `The server answered ${status}. Try again in a moment.`;
    if (status === 410 || status === 403) stop(words);
    else toast(words);
    if (status === 409) location.assign(stage().dataset.url);
    return null;
  };

  // The pair takes no vote any more: why stays on the page until the reader goes on.
  const stop = (words) => {
    const said = Object.assign(document.createElement("p"), { className: "said" });
    said.append(Object.assign(document.createElement("b"), { textContent: words }));
    const on = Object.assign(document.createElement("a"), { className: "btn btn-primary", href: stage().dataset.next, textContent: "To the next pair" });
    const choices = Object.assign(document.createElement("div"), { className: "choices" });
    choices.append(on);
    said.setAttribute("role", "alert");
    stage().dataset.state = "refused";
    stage().querySelector('[data-part="controls"]').replaceChildren(said, choices);
    stage().querySelectorAll("[data-part='foot'] .beside > form, .shown.chosen").forEach((part) => part.matches("form") ? part.remove() : part.classList.remove("chosen"));
    on.focus({ preventScroll: true });
    next = null;
  };

  const prepare = () => {
    const address = stage().dataset.next;
    next = ask(address)
      .then(async (answer) => (answer.ok ? read(await answer.text()) : null))
      .then(async (fresh) => {
        const pictures = [...(fresh?.querySelectorAll("[data-pair] img") ?? [])];
        await Promise.allSettled(pictures.map((picture) => Object.assign(new Image(), { src: picture.getAttribute("src") }).decode()));
        return fresh;
      })
      .catch(() => null);
  };
  const show = (fresh, words) => {
    if (!fresh) return location.assign(stage().dataset.next);
    next = null;
    usedKey = "";
    stage().replaceWith(document.importNode(fresh, true));
    watch();
    stage().tabIndex = -1;
    stage().focus({ preventScroll: true });
    window.scrollTo({ top: 0, behavior: "instant" });
    say(`${words} ${stage().querySelector("h1").textContent}`);
  };

  const vote = async (button) => {
    if (busy || !button || state() !== "open") return;
    if (!loaded()) return toast("The pictures are still on their way.");
    const { side, verdict } = button.dataset;
    const mark = (on) => {
      button.setAttribute("aria-pressed", on);
      if (side) stage().querySelector(`.shown[data-side="${side}"]`).classList.toggle("chosen", on);
    };
    mark(true);
    const fresh = await send(form("vote"), button);
    if (!fresh) return mark(false);
    take(fresh);
    say(form("undo") ? `Counted: ${verdict}. Press u to undo.` : stage().querySelector(".said").textContent.trim());
    failures = 0;
    if (!unhurried) wait();
    prepare();
  };
  const wait = () => {
    clearTimeout(grace);
    grace = setTimeout(() => {
      const held = stage().querySelector("[data-undo] button:is(:hover, :focus)") || stage().querySelector(".report[open]");
      if (state() !== "voted") return;
      if (held) wait();
      else reveal();
    }, GRACE_MS);
  };
  const reveal = async () => {
    if (state() !== "voted") return;
    const fresh = await send(form("reveal"));
    if (!fresh) return;
    take(fresh);
    const names = [...stage().querySelectorAll(".named a")].map((link) => link.textContent);
    say(`${names.join(" against ")}. ${stage().querySelector(".said").textContent.trim()}`);
  };
  const undo = async () => {
    if (state() !== "voted" || !form("undo")) return;
    const fresh = await send(form("undo"));
    if (!fresh) return;
    usedKey = "";
    take(fresh);
    stage().focus({ preventScroll: true });
    toast("Taken back. The pair is open again.");
    say("Vote taken back.");
  };
  const leave = async (which, words, button) => {
    const fresh = await send(which, button);
    if (fresh) show(fresh, words);
    return Boolean(fresh);
  };
  const goOn = async () => {
    if (state() === "voted") return reveal();
    if (state() === "refused") return location.assign(stage().dataset.next);
    if (state() !== "revealed" || busy) return;
    busy = true;
    const fresh = await (next ?? (prepare(), next));
    busy = false;
    show(fresh, "Next pair:");
  };

  // A picture that does not come makes no loser.
  const watch = () => {
    learn();
    for (const image of stage().querySelectorAll("[data-pair] img")) {
      const failed = () => {
        if (state() !== "open" || !image.isConnected) return;
        failures += 1;
        if (failures > 3) return toast("Pictures do not load at the moment. Try again later.");
        leave(form("void"), "A picture did not load. Next pair:").then((left) => {
          if (left) toast("A picture did not load. The pair does not count; here is another.");
        });
      };
      if (image.complete && image.getAttribute("src") && !image.naturalWidth) failed();
      else image.addEventListener("error", failed, { once: true });
    }
  };

  // A button pressed by key or by a screen reader: the names wait until they are asked for.
  region.addEventListener("click", (event) => { unhurried = event.detail === 0; }, true);
  region.addEventListener("submit", (event) => {
    const which = event.target;
    event.preventDefault();
    if (which.matches("[data-vote]")) vote(event.submitter);
    else if (which.matches("[data-undo]")) undo();
    else if (which.matches("[data-reveal]")) reveal();
    else if (which.matches("[data-skip]")) leave(which, "Skipped. Next pair:");
    else if (which.matches("[data-report]")) {
      leave(which, "Reported. Next pair:");
      toast("Thank you. Somebody will look at this pair.");
    }
  });
  region.addEventListener("click", (event) => {
    if (!event.target.closest("[data-go-on]") || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    goOn();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, summary, details[open] form")) return;
    const onControl = event.target.closest("a, button");
    const key = keyOf(event);
    if (keys.has(key)) {
      event.preventDefault();
      if (state() === "open") {
        usedKey = key;
        unhurried = false;
        vote(choice("key", key));
      } else if (key === usedKey) goOn();
    } else if (event.key === "Enter" && !onControl) goOn();
    else if (event.key === "u") undo();
    else if (event.key === "s" && state() === "open") leave(form("skip"), "Skipped. Next pair:");
  });

  let from = null;
  const lean = (dx) => {
    const pair = stage().querySelector("[data-pair]");
    if (state() === "open" && Math.abs(dx) > SWIPE_PX / 2) pair.dataset.leaning = dx < 0 ? "left" : "right";
    else delete pair.dataset.leaning;
  };
  region.addEventListener("pointerdown", (event) => {
    const pair = event.target.closest("[data-pair]");
    from = pair && event.isPrimary && event.pointerType === "touch" && !pair.hasAttribute("data-zoomed") ? event : null;
  });
  region.addEventListener("pointermove", (event) => { if (from) lean(event.clientX - from.clientX); });
  region.addEventListener("pointercancel", () => { from = null; lean(0); });
  region.addEventListener("pointerup", (event) => {
    if (!from) return;
    const dx = event.clientX - from.clientX, dy = event.clientY - from.clientY;
    from = null;
    lean(0);
    if (Math.abs(dx) < SWIPE_PX || Math.abs(dx) < 2 * Math.abs(dy)) return;
    unhurried = false;
    if (state() === "open") vote(choice("side", dx < 0 ? "left" : "right"));
    else goOn();
  });

  watch();
  if (state() === "voted") { prepare(); wait(); }
})();
