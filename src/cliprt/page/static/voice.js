// Puts the microphone (talk.js) into the page: what was heard is shown, and said by Enter.
(() => {
  const byId = (id) => document.getElementById(id);

  function attach() {
    const button = byId("talk");
    const root = document.querySelector("[data-tab]");
    if (!button || !root || !window.cliprtTalk) return setTimeout(attach, 200);
    window.cliprtTalk.attach({
      button,
      status: byId("talk-status"),
      meter: byId("talk-meter"),
      url: `/microphone?tab=${encodeURIComponent(root.dataset.tab)}`,
    });
    byId("talk-status").textContent = "";
    window.cliprtTalk.onresult = ({ heard }) => {
      if (!heard) return;
      const input = byId("sentence");
      input.value = heard;
      input.focus();
      byId("talk-status").textContent = `Heard: “${heard}”. Enter says it; change it if it is wrong.`;
    };
  }

  attach();
})();
