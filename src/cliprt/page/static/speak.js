// Says aloud what was understood, asked and reached, if that is wanted: by the browser's own voices,
// in the page's language.  `cliprtHush()` silences it; it also says nothing while somebody talks.
(() => {
  const WANTED = "cliprt_speaks";
  const BUBBLES = ".bubble.by-robot, .bubble.by-trouble";
  const TALKING = ["opening", "listening", "thinking"];

  const synthesis = window.speechSynthesis;
  let result = ""; // the last that was said: it is drawn anew when something beside it changes

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
    if (!text || TALKING.includes(window.cliprtTalk?.state)) return;
    const spoken = new SpeechSynthesisUtterance(text);
    spoken.lang = document.documentElement.lang;
    synthesis.speak(spoken);
  }

  // The sentence, and what there is to choose from by number.
  function read(element) {
    const texts = [...element.querySelectorAll(".said, .offers-title")];
    const offers = [...element.querySelectorAll(".offer")];
    return [
      ...texts.map((one) => one.textContent),
      ...offers.map((one) => [...one.children].map((part) => part.textContent).join(": ")),
    ].join("\n");
  }

  function hear(changes) {
    if (!isWanted()) return;
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (!(node instanceof Element)) continue;
      const bubbles = node.matches(BUBBLES) ? [node] : node.querySelectorAll(BUBBLES);
      bubbles.forEach((bubble) => say(read(bubble)));
    }
    const ended = [...document.querySelectorAll(".result :is(h2, p)")];
    const seen = ended.filter((one) => one.getClientRects().length);
    const told = seen.map((one) => one.textContent).join("\n");
    if (told !== result) say(told);
    result = told;
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
