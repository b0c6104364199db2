// The playground: the form as requests to the gateway, one per target, with the key kept in this tab alone.
(() => {
  const form = document.getElementById("playground");
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-reload]")) event.target.form.submit();
  });
  if (!form) return;
  const key = document.getElementById("key");
  const estimate = document.getElementById("estimate");
  const runs = document.getElementById("runs");
  const send = document.getElementById("send");
  const isEdit = form.dataset.operation.endsWith("/edits");
  const dollars = (amount) => `$${amount.toFixed(6).replace(/0{1,4}$/, "")}`;
  try { key.value = sessionStorage.getItem("playground-key") || ""; } catch { /* private mode */ }

  const fields = () => {
    const found = {};
    for (const input of form.querySelectorAll("[data-type]")) {
      if (input.value === "") continue;
      const { type } = input.dataset;
      if (type === "integer" || type === "number") found[input.name] = Number(input.value);
      else if (type === "boolean") found[input.name] = input.value.toLowerCase() === "true";
      else found[input.name] = input.value;
    }
    return found;
  };
  const targets = () => {
    const found = [...form.querySelectorAll("[data-target]:checked")].map((box) => ({ model: box.dataset.target, label: box.dataset.label }));
    const beside = form.querySelector("[data-beside]");
    if (beside.value) found.push({ model: beside.value, label: beside.selectedOptions[0].textContent });
    return found;
  };
  const body = (target) => {
    const sent = { ...fields(), model: target.model, response_format: "b64_json" };
    if (!isEdit) return { payload: JSON.stringify(sent), headers: { "Content-Type": "application/json" } };
    const parts = new FormData();
    for (const [name, value] of Object.entries(sent)) parts.append(name, String(value));
    for (const input of form.querySelectorAll("[data-file]")) {
      if (input.files[0]) parts.append(input.dataset.file, input.files[0]);
    }
    return { payload: parts, headers: {} };
  };
  const call = async (target, query = "", signal = undefined) => {
    const { payload, headers } = body(target);
    const answer = await fetch(form.dataset.operation + query, {
      method: "POST", body: payload, signal, credentials: "omit",
      headers: { ...headers, Authorization: `Bearer ${key.value.trim()}` },
    });
    const told = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(told.error?.message || `The gateway answered ${answer.status}.`), { told, answer });
    return { told, answer };
  };
  const ready = () => key.value.trim() && form.elements.prompt.value.trim() && targets().length;
  const say = (text, isWrong = false) => {
    estimate.textContent = text;
    estimate.classList.toggle("wrong", isWrong);
  };

  // what is given otherwise than it was asked for; sizes have notes, what is done here in a provider's place is no news
  const notesOf = (told, about) => [
    ...(told.notes || []),
    ...(about?.warnings || []).filter((one) => one.parameter !== "size" && one.kind !== "emulated").map((one) => one.message),
  ];

  let asked;
  const price = async () => {
    asked?.abort();
    if (!ready()) return say("Give a key and a prompt, and choose where to run it, to see what it costs.");
    asked = new AbortController();
    const { signal } = asked;
    try {
      const all = targets();
      const costs = await Promise.all(all.map((target) => call(target, "?dryRun=true", signal)));
      const lines = costs.map(({ told }, place) => {
        const cost = told.total_cost_micros === null ? `unknown: ${told.unknown_because}` : dollars(told.total_cost_micros / 1e6);
        return [`${all[place].label}: ${cost}`, ...notesOf(told, told.metadata)].join("; ");
      });
      if (costs.length > 1 && costs.every(({ told }) => told.total_cost_micros !== null)) {
        lines.push(`Together ${dollars(costs.reduce((sum, { told }) => sum + told.total_cost_micros, 0) / 1e6)}`);
      }
      say(lines.join("\n"));
    } catch (error) {
      if (error.name !== "AbortError") say(error.message, true);
    }
  };
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(price, 350);
  });
  key.addEventListener("input", () => {
    try { sessionStorage.setItem("playground-key", key.value.trim()); } catch { /* private mode */ }
  });

  const made = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const card = (target) => {
    const figure = made("figure", "run");
    const pictures = made("div", "run-pictures");
    pictures.append(made("div", "run-wait"));
    const caption = made("figcaption");
    const figures = made("small", "", "running");
    caption.append(made("b", "", target.label), figures);
    figure.append(pictures, caption);
    runs.append(figure);
    return { pictures, figures };
  };
  const figuresOf = (told, answer) => {
    const about = told.metadata || told.error?.metadata || {};
    const attempts = about.attempts?.length || 0;
    return [
      about.provider_name, typeof about.cost === "number" ? dollars(about.cost) : "",
      answer ? `${Number(answer.headers.get("x-lumenboard-duration-ms") || 0).toLocaleString("en")} ms` : "",
      attempts ? `${attempts} attempt${attempts === 1 ? "" : "s"}` : "", about.simulated ? "simulated" : "", ...notesOf(about, about),
    ].filter(Boolean).join(" · ");
  };
  const run = async (target, prompt) => {
    const { pictures, figures } = card(target);
    try {
      const { told, answer } = await call(target);
      pictures.replaceChildren(...told.data.map((one) => {
        const image = made("img");
        image.alt = `${target.label}: ${prompt}`;
        image.src = `data:image/${told.output_format};base64,${one.b64_json}`;
        return image;
      }));
      figures.textContent = figuresOf(told, answer);
      return told.metadata.request_id;
    } catch (error) {
      pictures.replaceChildren(made("p", "failed", error.message));
      figures.textContent = error.told ? figuresOf(error.told, error.answer) : "";
      return "";
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!ready()) return say("Give a key and a prompt, and choose where to run it.", true);
    const button = form.querySelector("[type=submit]");
    const prompt = form.elements.prompt.value;
    button.disabled = true;
    if (send) send.hidden = true;
    runs.replaceChildren();
    const ids = (await Promise.all(targets().map((target) => run(target, prompt)))).filter(Boolean);
    button.disabled = false;
    if (send && ids.length > 1) {
      send.elements.requests.value = ids.join(" ");
      send.elements.prompt.value = prompt;
      send.hidden = false;
    }
  });
  price();
})();
