// Bringing entrants: files and folders dropped or chosen are sent piece by piece, so that any size gets through, a
// broken connection goes on where it was, and what is wrong is named. Without this the form sends files by itself.
(() => {
  const form = document.getElementById("bring");
  if (!form) return;
  const find = (name) => form.querySelector(`[data-${name}]`);
  const [drop, words, folder, folderInput, chosen] = ["drop", "drop-words", "folder", "folder-input", "chosen"].map(find);
  const [sending, said, sent, problems] = ["sending", "said", "sent", "problems"].map(find);
  const input = form.elements.files;
  const button = form.querySelector("[type=submit]");
  const pieceBytes = Number(form.dataset.piece);
  const AT_ONCE = 3;
  const TRIES = 5;
  const files = new Map(); // by path

  const megabytes = (bytes) => (bytes / 2 ** 20).toLocaleString("en", { maximumFractionDigits: 1 });
  const total = () => [...files.values()].reduce((sum, file) => sum + file.size, 0);
  const show = () => {
    const names = [...files.keys()].slice(0, 3).join(", ");
    const more = files.size > 3 ? ` and ${(files.size - 3).toLocaleString("en")} more` : "";
    chosen.textContent = files.size ? `${files.size.toLocaleString("en")} file${files.size > 1 ? "s" : ""}, ${megabytes(total())} MB: ${names}${more}` : "";
  };
  const complain = (text) => {
    const line = document.createElement("li");
    line.textContent = text;
    problems.append(line);
  };
  const add = (path, file) => {
    if (files.has(path)) complain(`${path} was chosen twice; the first is sent.`);
    else files.set(path, file);
  };

  const entriesOf = (reader) => new Promise((resolve, reject) => {
    const all = [];
    const next = () => reader.readEntries((some) => (some.length ? (all.push(...some), next()) : resolve(all)), reject);
    next();
  });
  const walk = async (entry) => {
    if (entry.isDirectory) {
      for (const inner of await entriesOf(entry.createReader())) await walk(inner);
    } else {
      add(entry.fullPath.replace(/^\//, ""), await new Promise((resolve, reject) => entry.file(resolve, reject)));
    }
  };

  words.hidden = folder.hidden = false;
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    problems.replaceChildren();
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const found = items.map((item) => [item.webkitGetAsEntry?.(), item.getAsFile()]);
    for (const [entry, file] of found) {
      try {
        if (entry) await walk(entry);
        else if (file) add(file.name, file);
      } catch { complain(`${entry?.name ?? file?.name} cannot be read.`); }
    }
    show();
  });
  folder.addEventListener("click", () => folderInput.click());
  for (const one of [input, folderInput]) {
    one.addEventListener("change", () => {
      problems.replaceChildren();
      for (const file of one.files) add(file.webkitRelativePath || file.name, file);
      one.value = "";
      show();
    });
  }

  const token = form.elements.csrfmiddlewaretoken.value;
  const post = async (address, body, type) => {
    const headers = { Accept: "application/json", "X-CSRFToken": token, ...(type ? { "Content-Type": type } : {}) };
    const answer = await fetch(address, { method: "POST", body, headers });
    const kind = answer.headers.get("Content-Type") ?? "";
    const told = kind.startsWith("application/json") ? await answer.json() : { problem: `The server answered ${answer.status}.` };
    return { status: answer.status, ...told };
  };
  const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

  const sendFile = async (address, path, file, onSent) => {
    let at = 0;
    let failures = 0;
    do {
      const query = new URLSearchParams({ name: path, size: file.size, at });
      let answer;
      try {
        answer = await post(`${address}/pieces?${query}`, file.slice(at, at + pieceBytes), "application/octet-stream");
      } catch {
        answer = { status: 0, problem: `${path}: the connection broke.` };
      }
      if (answer.status === 200) {
        onSent(answer.at - at);
        at = answer.at;
        failures = 0;
      } else if (answer.status === 409 && failures && answer.at > at) {
        onSent(answer.at - at); // the piece had come before its answer was lost
        at = answer.at;
      } else if ((answer.status === 0 || answer.status >= 500 || answer.status === 408) && ++failures < TRIES) {
        await pause(500 * 2 ** failures);
      } else throw new Error(answer.problem);
    } while (at < file.size);
  };

  const sendAll = async (address) => {
    const waiting = [...files.entries()];
    const all = total() || 1;
    let bytes = 0;
    let done = 0;
    const onSent = (count) => {
      bytes += count;
      sent.value = bytes / all;
      said.textContent = `${done.toLocaleString("en")} of ${files.size.toLocaleString("en")} files, ${megabytes(bytes)} of ${megabytes(all)} MB are sent.`;
    };
    onSent(0);
    const lane = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        await sendFile(address, ...next, onSent);
        done += 1;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
    const wrong = ends.filter((end) => end.status === "rejected");
    if (wrong.length) {
      waiting.length = 0;
      throw new Error(wrong[0].reason.message);
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problems.replaceChildren();
    button.disabled = true;
    let address = "";
    try {
      const fields = new FormData(form);
      fields.delete("files");
      const begun = await post(location.href, fields);
      if (!begun.url) throw new Error(begun.problem);
      address = begun.url;
      sending.hidden = false;
      await sendAll(address);
      const end = await post(`${address}/read`, new FormData(form));
      if (!end.url) throw new Error(end.problem);
      location.assign(end.url);
    } catch (error) {
      complain(error.message);
      button.disabled = false;
      if (address) {
        // begun anew with the next try
        post(`${address}/delete`, new FormData(form)).catch(() => {});
        form.elements.form_token.value = "";
      }
      sending.hidden = true;
    }
  });
})();
