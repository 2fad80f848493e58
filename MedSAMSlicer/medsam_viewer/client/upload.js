// Files from the browser's machine: chosen or dropped, sent one after the other as they lie there.
(() => {
  const MOST = 5001; // one more than is taken, so that the program can say so
  const picker = Object.assign(document.createElement("input"), { type: "file", multiple: true });
  picker.hidden = true;
  picker.dataset.test = "upload-input";

  let kind = "volume";
  const send = async (files, meant = "volume") => {
    if (!files.length) return;
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const key = await window.trame.trigger("upload_begin", [files.length, size, meant]);
    if (!key) return;
    for (const file of files) {
      const where = `upload?key=${encodeURIComponent(key)}&name=${encodeURIComponent(file.name)}`;
      try {
        const answer = await fetch(where, { method: "POST", body: file });
        if (!answer.ok) return; // the page says why
      } catch {
        window.trame.trigger("upload_broke_off", [key]);
        return;
      }
    }
    window.trame.trigger("upload_end", [key]);
  };

  const filesOf = async (entry, found) => {
    if (found.length >= MOST) return;
    if (entry.isFile) {
      found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const one of some) if (!one.name.startsWith(".")) await filesOf(one, found);
    }
  };

  const dropped = async (transfer) => {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.length) return [...transfer.files];
    const found = [];
    for (const entry of entries) await filesOf(entry, found);
    return found;
  };

  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const mark = (on) => document.body.classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || mark(false));
  document.addEventListener("drop", async (event) => {
    mark(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    send(await dropped(event.dataTransfer));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-test^=upload-to-]");
    if (!button) return;
    kind = button.dataset.test.slice("upload-to-".length);
    picker.click();
  });
  picker.addEventListener("change", async () => {
    await send([...picker.files], kind);
    picker.value = "";
    kind = "volume";
  });
  document.addEventListener("DOMContentLoaded", () => document.body.append(picker));
  if (document.body) document.body.append(picker);
})();
