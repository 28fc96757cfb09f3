// Hold to talk: while a button or the space bar is held, the microphone's sound goes to the server
// as 16 kHz, mono, int16; on release comes back what was heard.
//
//   cliprtTalk.attach({button, status, meter, url: "microphone"});
//   cliprtTalk.onresult = ({heard, alternatives, confidence, seconds}) => ...;
//
// `status` gets a text for people, `meter` (a <meter>) the level, `button` the state in data-talk.
"use strict";

window.cliprtTalk = (() => {
  const RATE_HZ = 16000;
  const CHUNK = RATE_HZ / 10; // samples sent at a time
  const LONGEST_S = 15;
  const KEEP_OPEN_MS = 30000; // the microphone stays on this long after a sentence

  // In the page's language, see cliprt/page/translate.py.
  const _ = (text) => (window.cliprtTexts || {})[text] || text;

  const TEXTS = {
    idle: _("Hold the button or the space bar, and speak."),
    opening: _("One moment: the microphone is starting. You may be asked to allow it."),
    listening: _("Listening. Let go when you have said it."),
    thinking: _("Reading what you said."),
    heard: _("Heard."),
    nothing: _("I could not make that out. Say it again, or type it."),
    stopped: _("Stop was heard."),
    insecure: _("Browsers allow the microphone only on this computer itself (localhost) or over https. You can type instead."),
    denied: _("The microphone is blocked. Allow it beside the page's address, or type instead."),
    missing: _("No microphone was found. Connect one, or type instead."),
    offline: _("The page has lost its server. Reload it, or type again in a moment."),
  };

  const WORKLET = new URL("talk_worklet.js", document.currentScript.src);

  const talk = {
    state: "idle", attach, start, stop, cancel,
    onstate() {}, onresult() {}, onstop() {}, onerror() {},
  };
  let parts = {};
  let sound = null; // {context, stream} while the microphone is on
  let socket = null;
  let isHeld = false; // by the person
  let isSending = false; // a sentence is on its way
  let waiting = []; // samples at 16 kHz, not yet sent
  let sentSamples = 0;
  let resample = null;
  let closing = 0;

  function show(state, text) {
    talk.state = state;
    const said = text || TEXTS[state] || "";
    if (parts.status) parts.status.textContent = said;
    if (parts.button) {
      parts.button.dataset.talk = state;
      parts.button.setAttribute("aria-pressed", String(isHeld));
    }
    talk.onstate(state, said);
  }

  function fail(state, text) {
    isHeld = isSending = false;
    waiting = [];
    level(0);
    show(state, text);
    talk.onerror(parts.status ? parts.status.textContent : text || TEXTS[state]);
  }

  function level(share) {
    if (parts.meter) parts.meter.value = Math.min(1, share);
  }

  // Sound

  async function openMicrophone() {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {channelCount: 1, echoCancellation: true, noiseSuppression: true},
    });
    const context = new AudioContext();
    await context.resume();
    let last = context.createMediaStreamSource(stream);
    for (let i = 0; i < 2; i++) { // what 16 kHz cannot carry
      const filter = new BiquadFilterNode(context, {type: "lowpass", frequency: 7000});
      last = last.connect(filter);
    }
    last.connect(await tap(context)).connect(context.destination);
    resample = makeResampler(context.sampleRate);
    return {context, stream};
  }

  async function tap(context) {
    if (context.audioWorklet) {
      await context.audioWorklet.addModule(WORKLET);
      const node = new AudioWorkletNode(context, "tap");
      node.port.onmessage = (event) => hear(event.data);
      return node;
    }
    const node = context.createScriptProcessor(2048, 1, 1);
    node.onaudioprocess = (event) => hear(event.inputBuffer.getChannelData(0).slice());
    return node;
  }

  function closeMicrophone() {
    if (!sound) return;
    sound.stream.getTracks().forEach((track) => track.stop());
    sound.context.close();
    sound = null;
  }

  // Mean of the samples that fall on each new one; keeps what is left for the next block.
  function makeResampler(rateHz) {
    const ratio = rateHz / RATE_HZ;
    let sum = 0, count = 0, phase = 0;
    return (block) => {
      const made = [];
      for (const sample of block) {
        sum += sample;
        count += 1;
        phase += 1;
        while (phase >= ratio) {
          made.push(sum / Math.max(1, count));
          phase -= ratio;
          if (phase < ratio) sum = count = 0;
        }
      }
      return made;
    };
  }

  function hear(block) {
    if (!isSending) return;
    const made = resample(block);
    level(3 * Math.sqrt(made.reduce((sum, x) => sum + x * x, 0) / Math.max(1, made.length)));
    waiting.push(...made);
    if (waiting.length + sentSamples > LONGEST_S * RATE_HZ) stop();
    while (waiting.length >= CHUNK) send(waiting.splice(0, CHUNK));
  }

  function send(samples) {
    if (!samples.length || !socket || socket.readyState !== WebSocket.OPEN) return;
    const pcm = new DataView(new ArrayBuffer(2 * samples.length));
    samples.forEach((sample, i) => {
      pcm.setInt16(2 * i, Math.max(-1, Math.min(1, sample)) * 32767, true);
    });
    socket.send(pcm.buffer);
    sentSamples += samples.length;
  }

  // The server

  function connect() {
    return new Promise((resolve, reject) => {
      if (socket && socket.readyState === WebSocket.OPEN) return resolve();
      const url = new URL(parts.url || "microphone", location.href);
      url.protocol = url.protocol.replace("http", "ws");
      socket = new WebSocket(url);
      socket.onopen = resolve;
      socket.onerror = reject;
      socket.onmessage = (event) => answer(JSON.parse(event.data));
      socket.onclose = () => {
        if (isSending || talk.state === "thinking") fail("offline");
      };
    });
  }

  function answer(said) {
    if (said.stop) {
      show("stopped");
      talk.onstop();
    } else if (said.error) {
      fail("error", said.error);
    } else if ("heard" in said) {
      show(said.heard ? "heard" : "nothing", said.heard && _("Heard: {text}").replace("{text}", () => said.heard));
      talk.onresult(said);
    }
  }

  // Holding

  async function start() {
    if (isHeld) return;
    if (!window.isSecureContext || !navigator.mediaDevices) return fail("insecure");
    isHeld = true;
    window.cliprtHush?.(); // the page is not to be heard
    clearTimeout(closing);
    try {
      if (!sound) {
        show("opening");
        sound = await openMicrophone();
      }
    } catch (error) {
      closeMicrophone();
      return fail(error.name === "NotAllowedError" ? "denied" : "missing");
    }
    try {
      await connect();
    } catch (error) {
      return fail("offline");
    }
    if (!isHeld) return show("idle"); // let go while the browser asked
    waiting = [];
    sentSamples = 0;
    isSending = true;
    show("listening");
  }

  function stop() {
    if (!isHeld) return;
    isHeld = false;
    if (!isSending) return; // still opening: nothing was said
    isSending = false;
    send(waiting);
    waiting = [];
    level(0);
    socket.send("end");
    show("thinking");
    closing = setTimeout(closeMicrophone, KEEP_OPEN_MS);
  }

  function cancel() {
    if (isSending) socket.send("cancel");
    isHeld = isSending = false;
    waiting = [];
    level(0);
    show("idle");
  }

  function isTyping(target) {
    return target.isContentEditable ||
      ["INPUT", "TEXTAREA", "SELECT", "BUTTON", "A", "SUMMARY"].includes(target.tagName);
  }

  function attach(options) {
    parts = options;
    const button = parts.button;
    button.style.touchAction = "none";
    button.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      button.setPointerCapture(event.pointerId);
      start();
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      button.addEventListener(name, stop);
    }
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => {
      const isOurs = event.code === "Space" && (event.target === button || !isTyping(event.target));
      if (!isOurs || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      if (!event.repeat) start();
    });
    document.addEventListener("keyup", (event) => {
      if (event.code === "Space" && isHeld) {
        event.preventDefault();
        stop();
      }
    });
    window.addEventListener("blur", stop);
    window.addEventListener("pagehide", closeMicrophone);
    show(window.isSecureContext ? "idle" : "insecure");
  }

  return talk;
})();
