// After a connection was lost: come back as soon as the program answers again.
(() => {
  const EVERY_MS = 2000;
  const again = async () => {
    if (!document.querySelector('[data-test="lost"]')) return;
    try {
      const answer = await fetch("index.html", { cache: "no-store" });
      if (answer.ok) window.location.reload();
    } catch {
      // It does not answer yet.
    }
  };
  setInterval(again, EVERY_MS);
})();
