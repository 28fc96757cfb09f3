// The live line: pictures in, acknowledgements and STOP out.  See cliprt/page/live.py.
(() => {
  const SILENT_MS = 2500; // the server is asked to speak twice a second
  const STALE_MS = 1000; // of a camera that should be moving
  const HEADER_BYTES = 13;
  const text = new TextDecoder();
  const state = { connected: false, fps: {}, frames: {}, numbers: {}, times: {} };
  window.cliprtCameras = state;

  let socket = null;
  let heardAt = performance.now();
  let drawing = {};
  const recent = {};

  const figures = () => document.querySelectorAll("[data-camera]");
  const figureOf = (camera) =>
    [...figures()].find((figure) => figure.dataset.camera === camera);

  function connect() {
    const root = document.querySelector("[data-tab]");
    if (!root) return setTimeout(connect, 30);
    const url = new URL(`cameras?tab=${encodeURIComponent(root.dataset.tab)}`, document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      notice(true);
      send({});
    };
    socket.onmessage = (event) => {
      heardAt = performance.now();
      notice(true);
      if (typeof event.data === "string") hear(JSON.parse(event.data));
      else show(event.data);
    };
    socket.onclose = () => {
      notice(false);
      setTimeout(connect, 700);
    };
  }

  function notice(connected) {
    if (state.connected === connected) return;
    state.connected = connected;
    document.body.classList.toggle("is-cut-off", !connected);
  }

  function send(message) {
    if (socket && socket.readyState === WebSocket.OPEN) {
      const shown = document.visibilityState === "visible";
      socket.send(JSON.stringify({ ...message, shown }));
      return true;
    }
    return false;
  }

  function hear(message) {
    if (message.ask) send({});
    if (message.drawing) {
      drawing = message.drawing;
      drawAll();
    }
  }

  async function show(buffer) {
    const view = new DataView(buffer);
    const length = view.getUint8(0);
    const camera = text.decode(new Uint8Array(buffer, HEADER_BYTES, length));
    try {
      const jpeg = new Blob([new Uint8Array(buffer, HEADER_BYTES + length)], { type: "image/jpeg" });
      const picture = await createImageBitmap(jpeg);
      const figure = figureOf(camera);
      if (figure) {
        const canvas = figure.querySelector("canvas");
        if (canvas.width !== picture.width) canvas.width = picture.width;
        if (canvas.height !== picture.height) canvas.height = picture.height;
        canvas.getContext("2d").drawImage(picture, 0, 0);
        figure.classList.add("has-picture");
        count(camera, view.getUint32(1), view.getFloat64(5));
      }
      picture.close();
    } finally {
      send({ ack: camera });
    }
  }

  function count(camera, number, time) {
    const now = performance.now();
    const times = (recent[camera] ||= []);
    times.push(now);
    while (times.length > 2 && now - times[0] > 1500) times.shift();
    state.frames[camera] = (state.frames[camera] || 0) + 1;
    state.numbers[camera] = number;
    state.times[camera] = time;
    state.fps[camera] =
      times.length > 1 ? ((times.length - 1) * 1000) / (now - times[0]) : 0;
  }

  // What was understood, drawn into the pictures: a pale edge below, a coloured dashed line above.
  function drawAll() {
    for (const figure of figures()) {
      const lines = drawing[figure.dataset.camera] || [];
      const svg = figure.querySelector("svg");
      svg.replaceChildren(
        ...["edge", "line"].flatMap((kind) => lines.map((points) => polyline(points, kind)))
      );
      figure.classList.toggle("has-drawing", lines.length > 0);
    }
  }

  function polyline(points, kind) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    element.setAttribute("points", points.map(([x, y]) => `${x * 100},${y * 100}`).join(" "));
    element.setAttribute("class", kind);
    return element;
  }

  setInterval(() => {
    const now = performance.now();
    if (socket && socket.readyState === WebSocket.OPEN && now - heardAt > SILENT_MS) {
      notice(false);
      socket.close();
    }
    const moving = document.querySelector("[data-state='moving']");
    for (const figure of figures()) {
      const times = recent[figure.dataset.camera];
      const stale = !times || now - times[times.length - 1] > STALE_MS;
      figure.classList.toggle("is-stale", !state.connected || Boolean(moving && stale));
    }
  }, 250);

  document.addEventListener("visibilitychange", () => send({}));

  // The framework makes its elements anew now and then; what is drawn is put back.
  state.redraw = drawAll;
  window.cliprtStop = () => send({ stop: 1 });
  connect();
})();
