// What makes the pages of the workbench quicker to use. Without it everything can be read and done, one page at a time.
// It sends nothing to anyone but this service, and keeps nothing in the browser.
"use strict";

// The list of test patients shrinks while one types.
for (const field of document.querySelectorAll("[data-filter]")) {
  const list = document.getElementById(field.dataset.filter);
  const count = document.getElementById("count");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of list.children) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      shown += item.hidden ? 0 : 1;
    }
    count.textContent = shown === 0 ? "None fits." : shown === 1 ? "One test patient." : `${shown} test patients.`;
  });
}

// A file that is dropped onto a form is read into its text.
for (const form of document.querySelectorAll("[data-drop]")) {
  const text = document.getElementById(form.dataset.drop);
  const over = (event, is) => {
    event.preventDefault();
    text.classList.toggle("over", is);
  };
  form.addEventListener("dragover", (event) => over(event, true));
  form.addEventListener("dragleave", (event) => over(event, false));
  form.addEventListener("drop", async (event) => {
    over(event, false);
    const [file] = event.dataTransfer.files;
    text.value = file ? await file.text() : event.dataTransfer.getData("text");
    text.focus();
  });
}

// A button copies the text beside it.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}

// What a change changes is shown while one makes it. Only the outcome is replaced, so that one can go on typing.
for (const form of document.querySelectorAll("[data-live]")) {
  const outcome = document.getElementById(form.dataset.live);
  let asked = 0;
  form.addEventListener("change", async () => {
    const turn = ++asked;
    outcome.classList.add("stale");
    const data = new URLSearchParams(new FormData(form));
    const post = form.method === "post";
    const url = new URL(form.action);
    if (!post) { url.search = data; }
    try {
      const answer = await fetch(url, { method: form.method, body: post ? data : undefined });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (turn !== asked) { return; }
      const fresh = page.getElementById(outcome.id);
      const wrong = page.querySelector(".fault");
      outcome.replaceChildren(...(fresh ? fresh.childNodes : wrong ? [wrong] : []));
      const before = document.querySelector(".edits");
      const now = page.querySelector(".edits");
      if (before) { before.remove(); }
      if (now) { outcome.before(now); }
      // The address holds the changes of a test patient, as if the form had been sent.
      if (!post && answer.ok) { history.replaceState(null, "", answer.url); }
    } catch {
      form.submit();
    } finally {
      if (turn === asked) { outcome.classList.remove("stale"); }
    }
  });
}

// A page that is still being worked out is asked for again.
for (const waiting of document.querySelectorAll("[data-again]")) {
  setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.again));
}

// A part that is folded opens when a link leads into it.
const open = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = target && target.closest("details");
  if (folded) { folded.open = true; }
};
addEventListener("hashchange", open);
open();
