// Keys go to the program, but not while text is typed. Which of them act is decided there.
(() => {
  const NAMES = { Enter: "accept", Escape: "clear", n: "next", N: "next", m: "tool", M: "tool" };
  const named = (event) => {
    if (event.altKey) return null;
    if (event.ctrlKey || event.metaKey) {
      const key = event.key.toLowerCase();
      if (key === "z") return event.shiftKey ? "redo" : "undo";
      return key === "y" ? "redo" : null;
    }
    return NAMES[event.key] ?? null;
  };
  const isTyped = (target) => target.closest?.("input:not([type=range]), textarea, [contenteditable], .v-overlay");
  document.addEventListener(
    "keydown",
    (event) => {
      const name = named(event);
      if (!name || isTyped(event.target) || !window.trame) return;
      if (name === "accept" && event.target.closest?.("button")) return;
      event.preventDefault();
      window.trame.trigger("key", [name]);
    },
    true,
  );
  // Enter is for the box: it must not press the button again that was clicked last.
  document.addEventListener("click", (event) => event.detail && event.target.closest?.("button")?.blur());
  document.addEventListener("contextmenu", (event) => event.preventDefault());
})();
