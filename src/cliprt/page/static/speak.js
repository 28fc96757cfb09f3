// Says aloud what was understood, asked and reached, if that is wanted: by the browser's own voices,
// in the page's language.  `cliprtHush()` silences it; it also says nothing while somebody talks.
(() => {
  const WANTED = "cliprt_speaks";
  const AGAIN_MS = 3000; // the same text drawn anew within this is not said again
  const SAID = ".bubble.by-robot, .bubble.by-trouble, .result h2, .result p";
  const TALKING = ["opening", "listening", "thinking"];

  const synthesis = window.speechSynthesis;
  let last = { text: "", at: -Infinity };

  const button = () => document.getElementById("speak");
  const isWanted = () => localStorage.getItem(WANTED) === "yes";

  function show() {
    button().setAttribute("aria-pressed", String(isWanted()));
    button().querySelector("i").textContent = isWanted() ? "volume_up" : "volume_off";
  }

  function toggle() {
    localStorage.setItem(WANTED, isWanted() ? "no" : "yes");
    if (!isWanted()) hush();
    show();
  }

  function hush() {
    synthesis?.cancel();
  }

  function say(text) {
    const now = performance.now();
    if (!text || (text === last.text && now - last.at < AGAIN_MS)) return;
    if (TALKING.includes(window.cliprtTalk?.state)) return;
    last = { text, at: now };
    const spoken = new SpeechSynthesisUtterance(text);
    spoken.lang = document.documentElement.lang;
    synthesis.speak(spoken);
  }

  // The sentence, and what there is to choose from by number.
  function read(element) {
    if (!element.matches(".bubble")) return element.textContent;
    const texts = [...element.querySelectorAll(".said, .offers-title")];
    const offers = [...element.querySelectorAll(".offer")];
    return [
      ...texts.map((one) => one.textContent),
      ...offers.map((one) => [...one.children].map((part) => part.textContent).join(": ")),
    ].join(". ");
  }

  function hear(changes) {
    if (!isWanted()) return;
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (!(node instanceof Element)) continue;
      const said = node.matches(SAID) ? [node] : node.querySelectorAll(SAID);
      for (const element of said) say(read(element));
    }
  }

  function begin() {
    if (!button() || !document.querySelector(".talk-log")) return setTimeout(begin, 50);
    button().hidden = !synthesis;
    if (!synthesis) return;
    show();
    button().addEventListener("click", toggle);
    const side = document.querySelector(".side"); // what is there already was said before
    new MutationObserver(hear).observe(side, { childList: true, subtree: true });
  }

  window.cliprtHush = hush;
  begin();
})();
