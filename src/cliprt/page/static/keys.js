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
    window.cliprtHush?.();
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
    window.cliprtHush?.();
    if (!window.cliprtStop || !window.cliprtStop()) emitEvent("halt", {});
    document.body.classList.add("is-stopping");
    setTimeout(() => document.body.classList.remove("is-stopping"), 600);
  }

  // A button that can be seen and used, by the key that it declares.
  function press(key) {
    const buttons = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
    const button = buttons.find((b) => !b.disabled && b.getClientRects().length > 0);
    if (button) button.click();
    return Boolean(button);
  }

  // Enter in a text field presses the one button that stands beside it.
  function submitField(field) {
    if (!field.matches("input") || !isTyping(field) || field.id === "sentence") return false;
    let row = field.parentElement;
    while (row && !row.querySelector("button")) row = row.parentElement;
    const buttons = row ? row.querySelectorAll("button") : [];
    if (buttons.length === 1) buttons[0].click();
    return buttons.length === 1;
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
        document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
        return;
      }
      const input = byId("sentence");
      const inSentence = event.target === input;
      if (inSentence && event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        submit();
        return;
      }
      if (event.key === "Enter" && !event.isComposing && submitField(event.target)) return;
      const isEmpty = inSentence && input.value === "";
      if (inSentence && event.key === "ArrowUp") return recall(+1, input);
      if (inSentence && event.key === "ArrowDown") return recall(-1, input);
      if (undoKey(event) && (isEmpty || !isTyping(event.target))) {
        if (press(event.shiftKey ? "redo" : "undo")) event.preventDefault();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) && !isEmpty) return;
      if (/^[1-9?]$/.test(event.key) && press(event.key)) {
        event.preventDefault();
      } else if (event.key === "Enter" && event.target === document.body && press("enter")) {
        event.preventDefault();
      } else if (event.target === document.body && /^\S$/.test(event.key) && input) {
        input.focus(); // whoever starts to type means the sentence
      }
    },
    true
  );

  document.addEventListener("click", (event) => {
    const target = event.target.closest(
      "[data-stop], [data-fill], [data-opens], [data-closes], [data-panel], [data-away], #send"
    );
    if (target) {
      if (target.id === "send") submit();
      else if ("stop" in target.dataset) stop();
      else if (target.dataset.fill) fill(target.dataset.fill);
      else if (target.dataset.opens) byId(target.dataset.opens).show(); // never modal: STOP stays in reach
      else if (target.dataset.away) putAway(target.dataset.away);
      else if (target.dataset.panel) turnTo(target.dataset.panel);
      else target.closest("dialog").close();
    }
    if (!isPhone() && event.target.closest("button")) refocus();
  });

  function fill(sentence) {
    const input = byId("sentence");
    input.value = sentence;
    input.focus();
  }

  // What could not be done comes back, unless something else is being typed.
  window.cliprtGiveBack = (sentence) => {
    if (!byId("sentence").value) fill(sentence);
  };

  // What was put away stays so in this browser.
  function putAway(what) {
    localStorage.setItem(`cliprt_no_${what}`, "yes");
    hideWhatIsAway();
  }

  function hideWhatIsAway() {
    const isAway = localStorage.getItem("cliprt_no_tour") === "yes";
    document.body.classList.toggle("has-no-tour", isAway);
  }

  function turnTo(panel) {
    document.body.dataset.panel = panel;
    for (const tab of document.querySelectorAll("[data-panel][role=tab]")) {
      tab.setAttribute("aria-selected", String(tab.dataset.panel === panel));
    }
    window.dispatchEvent(new Event("resize")); // charts learn their size
  }

  function refocus() {
    setTimeout(() => {
      const active = document.activeElement;
      const dialog = document.querySelector("dialog[open]");
      if (!dialog && (!active || active === document.body || active.tagName === "BUTTON")) {
        byId("sentence")?.focus({ preventScroll: true });
      }
    }, 60);
  }

  // The page is built anew in the language that is chosen; what is going on goes on.
  document.addEventListener("change", ({ target }) => {
    if (target.id !== "language") return;
    document.cookie = `cliprt_language=${target.value}; max-age=31536000; samesite=strict`;
    location.reload();
  });

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
    new ResizeObserver(() => {
      if (stays) log.scrollTop = log.scrollHeight;
    }).observe(log);
    log.scrollTop = log.scrollHeight;
    turnTo(document.body.dataset.panel || "talk");
    if (!isPhone()) byId("sentence")?.focus();
  }

  // What was heard is shown in the sentence's place first; a second look, and Enter says it.
  function listen() {
    const button = byId("hold");
    if (!button || !window.cliprtTalk) return setTimeout(listen, 50);
    const { tab } = document.querySelector("[data-tab]").dataset;
    const url = `microphone?tab=${encodeURIComponent(tab)}`;
    cliprtTalk.attach({ button, status: byId("hearing"), meter: byId("level"), url });
    cliprtTalk.onstate = (state) => {
      byId("hearing").hidden = state === "idle" || state === "insecure";
    };
    cliprtTalk.onresult = ({ heard }) => {
      if (heard) fill(heard);
    };
    byId("hearing").hidden = true;
  }

  hideWhatIsAway();
  follow();
  listen();
})();
