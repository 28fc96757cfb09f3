// Typing and keys.  Everything is sent as an event of the page's framework; only STOP has its own
// line (see cameras.js), which does not wait for anything.
(() => {
  const RECALLED = 50;
  const said = [];
  let back = 0;

  const byId = (id) => document.getElementById(id);
  const isPhone = () => matchMedia("(pointer: coarse)").matches;
  const isTyping = (target) =>
    target.matches("input, textarea, [contenteditable]") && !target.matches("[type=checkbox]");

  function say(text) {
    const sentence = text.trim();
    if (!sentence) return false;
    said.push(sentence);
    if (said.length > RECALLED) said.shift();
    back = 0;
    emitEvent("say", { text: sentence, at: performance.timeOrigin + performance.now() });
    return true;
  }

  function submit() {
    const input = byId("sentence");
    if (say(input.value)) input.value = "";
    else press("enter");
  }

  function stop() {
    if (!window.cliprtStop || !window.cliprtStop()) emitEvent("halt", {});
    document.body.classList.add("is-stopping");
    setTimeout(() => document.body.classList.remove("is-stopping"), 600);
  }

  // A button that can be seen and used, by the key that it declares.
  function press(key) {
    const buttons = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
    const button = buttons.find((b) => !b.disabled && b.offsetParent !== null);
    if (button) button.click();
    return Boolean(button);
  }

  function recall(step, input) {
    const wanted = Math.min(Math.max(back + step, 0), said.length);
    if (wanted === back) return;
    back = wanted;
    input.value = back ? said[said.length - back] : "";
    input.setSelectionRange(input.value.length, input.value.length);
  }

  function undoKey(event) {
    return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        stop();
        return;
      }
      const input = byId("sentence");
      const inSentence = event.target === input;
      if (inSentence && event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        submit();
        return;
      }
      const isEmpty = inSentence && input.value === "";
      if (inSentence && event.key === "ArrowUp") return recall(+1, input);
      if (inSentence && event.key === "ArrowDown") return recall(-1, input);
      if (undoKey(event) && (isEmpty || !isTyping(event.target))) {
        if (press(event.shiftKey ? "redo" : "undo")) event.preventDefault();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) && !isEmpty) return;
      if (["1", "2", "3", "?"].includes(event.key) && press(event.key)) {
        event.preventDefault();
      } else if (event.key === "Enter" && event.target === document.body && press("enter")) {
        event.preventDefault();
      } else if (event.target === document.body && event.key.length === 1 && input) {
        input.focus(); // whoever starts to type means the sentence
      }
    },
    true
  );

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-stop], [data-say], [data-fill], #send");
    if (target) {
      if (target.id === "send") submit();
      else if ("stop" in target.dataset) stop();
      else if (target.dataset.fill !== undefined) fill(target.dataset.fill);
    }
    if (!isPhone() && event.target.closest("button")) refocus();
  });

  function fill(sentence) {
    const input = byId("sentence");
    input.value = sentence;
    input.focus();
  }

  function refocus() {
    setTimeout(() => {
      const active = document.activeElement;
      const dialog = document.querySelector("dialog[open], .sheet:not([hidden])");
      if (!dialog && (!active || active === document.body || active.tagName === "BUTTON")) {
        byId("sentence")?.focus({ preventScroll: true });
      }
    }, 60);
  }

  // The chat follows what is new, unless one has scrolled up to read.
  function follow() {
    const log = document.querySelector(".talk-log");
    if (!log) return setTimeout(follow, 50);
    let stays = true;
    log.addEventListener("scroll", () => {
      stays = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    });
    new MutationObserver(() => {
      if (stays) log.scrollTop = log.scrollHeight;
    }).observe(log, { childList: true, subtree: true });
    if (!isPhone()) byId("sentence")?.focus();
  }

  window.cliprtSay = say;
  follow();
})();
