// Confetti when an episode that this tab saw ends in success: once, and in a place without text.
(() => {
  const PIECES = 28;
  const FALL_MS = 1500;

  const page = document.querySelector.bind(document, ".page");

  function celebrate() {
    const party = document.querySelector(".result.is-success .confetti");
    if (!party?.getClientRects().length || matchMedia("(prefers-reduced-motion)").matches) return;
    for (let n = 0; n < PIECES; n++) {
      const piece = document.createElement("i");
      piece.style.left = `${(n * 100) / PIECES}%`;
      piece.style.background = `hsl(${n * 47} 75% 55%)`;
      party.append(piece);
      const falling = piece.animate(
        [
          { opacity: 1 },
          { opacity: 1, offset: 0.7 },
          { opacity: 0, translate: `12px ${party.clientHeight}px`, rotate: "560deg" },
        ],
        { duration: FALL_MS, delay: ((n * 7) % 13) * 90, easing: "ease-in" }
      );
      falling.finished.then(() => piece.remove(), () => piece.remove());
    }
  }

  function watch() {
    if (!page()) return setTimeout(watch, 50);
    let taught = page().dataset.teaching;
    new MutationObserver(() => {
      const before = taught;
      taught = page().dataset.teaching;
      if (before === "true" && taught === "false") requestAnimationFrame(celebrate);
    }).observe(page(), { attributes: true, attributeFilter: ["data-teaching"] });
  }

  watch();
})();
