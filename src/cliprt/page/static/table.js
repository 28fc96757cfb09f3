// The table from above, as the robot sees it from where it stands: its left is left, forward is up.
// The server says what lies there (data-scene); things are dragged here, and what was done goes
// back as an event.  Arrow keys move a thing, [ and ] turn it, Delete takes it away.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const STEP_M = 0.02, TURN_DEG = 15;
  const LEAST_MM = 35; // from its middle, a finger holds a thing
  const ARROWS = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, 1], ArrowRight: [0, -1] };
  let drag = null; // {index, node, offset: [x, y]} while a thing is held
  let scene = null;

  const send = (act, values) => emitEvent("table", { act, ...values });
  const onMap = (x, y) => `${(-1000 * y).toFixed(1)},${(-1000 * x).toFixed(1)}`; // m -> mm

  function make(parent, tag, attributes) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return parent.appendChild(node);
  }

  function area([[x0, y0], [x1, y1]]) {
    const [x, y] = onMap(x1, y1).split(",");
    return { x, y, width: 1000 * (y1 - y0), height: 1000 * (x1 - x0) };
  }

  function place(node, x, y) {
    const [across, down] = onMap(x, y).split(",");
    node.setAttribute("transform", `translate(${across} ${down})`);
  }

  function draw(map) {
    scene = JSON.parse(map.dataset.scene || "null");
    if (!scene || drag) return;
    const focused = map.contains(document.activeElement) && document.activeElement.dataset.index;
    map.replaceChildren();
    make(map, "rect", { class: "map-table", rx: 14, ...area(scene.table) });
    make(map, "rect", { class: "map-field", rx: 10, ...area(scene.field) });
    const robot = make(map, "g", { class: "map-robot" });
    place(robot, scene.table[0][0] - 0.03, 0);
    make(robot, "circle", { r: 46 });
    make(robot, "path", { d: "M0 -62 L-16 -34 L16 -34 Z" });
    const order = scene.things.map((thing, index) => [thing.height, index]);
    order.sort((one, other) => one[0] - other[0] || one[1] - other[1]); // what is carried last
    for (const [, index] of order) drawThing(map, scene.things[index], index);
    const selected = map.querySelector(`[data-index="${focused || ""}"]`);
    if (selected) selected.focus({ preventScroll: true });
  }

  function drawThing(map, thing, index) {
    const node = make(map, "g", {
      class: "map-thing", "data-index": index, tabindex: 0, role: "button",
      "aria-label": thing.label, "aria-pressed": String(String(index) === map.dataset.selected),
    });
    place(node, ...thing.at);
    const [dx, dy] = thing.halo;
    const [wide, deep] = thing.size.map((edge) => 500 * edge);
    const halo = { x: -wide - 1000 * dy, y: -deep - 1000 * dx, rx: 12,
      width: 2 * wide + 2000 * dy, height: 2 * deep + 2000 * dx };
    make(node, "rect", { class: "map-halo", ...halo });
    const [across, along] = [Math.max(wide, LEAST_MM), Math.max(deep, LEAST_MM)];
    make(node, "rect", { class: "map-hold", x: -across, y: -along, width: 2 * across, height: 2 * along });
    const turned = make(node, "g", { transform: `rotate(${-thing.turn})` });
    for (const { points, colour } of thing.shapes) {
      const corners = points.map(([x, y]) => onMap(x, y)).join(" ");
      make(turned, "polygon", { points: corners, fill: colour });
    }
    make(node, "text", { y: deep + 30, "text-anchor": "middle" }).textContent = thing.label;
  }

  // Where the pointer is, in metres
  function spot(map, event) {
    const point = new DOMPoint(event.clientX, event.clientY);
    const { x, y } = point.matrixTransform(map.getScreenCTM().inverse());
    return [-y / 1000, -x / 1000];
  }

  const round = (metres) => Math.round(100 * metres) / 100;

  document.addEventListener("pointerdown", (event) => {
    const node = event.target.closest?.(".map-thing");
    if (!node || event.button > 0) return;
    event.preventDefault();
    node.focus({ preventScroll: true });
    const map = node.ownerSVGElement;
    const index = Number(node.dataset.index);
    const [x, y] = spot(map, event);
    const [atX, atY] = scene.things[index].at;
    drag = { map, node, index, offset: [atX - x, atY - y], at: null };
    node.setPointerCapture(event.pointerId);
    send("select", { index });
  });

  // A finger on a thing drags it and scrolls nothing: no browser heeds touch-action inside an SVG.
  document.addEventListener("touchstart", (event) => {
    if (event.target.closest?.(".map-thing")) event.preventDefault();
  }, { passive: false });

  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [x, y] = spot(drag.map, event);
    drag.at = [round(x + drag.offset[0]), round(y + drag.offset[1])];
    place(drag.node, ...drag.at);
  });

  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => {
      if (!drag) return;
      const { map, index, at } = drag;
      drag = null;
      if (at && name === "pointerup") send("move", { index, x: at[0], y: at[1] });
      setTimeout(() => draw(map), at ? 1500 : 0); // what could not be done goes back
    });
  }

  document.addEventListener("keydown", (event) => {
    const node = event.target.closest?.(".map-thing");
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    const index = Number(node.dataset.index);
    const arrow = ARROWS[event.key];
    if (arrow) {
      const [x, y] = scene.things[index].at;
      send("move", { index, x: round(x + STEP_M * arrow[0]), y: round(y + STEP_M * arrow[1]) });
    } else if (event.key === "[" || event.key === "]") {
      send("turn", { index, degrees: event.key === "[" ? TURN_DEG : -TURN_DEG });
    } else if (event.key === "Delete" || event.key === "Backspace") {
      send("remove", { index });
    } else if (event.key === "Enter" || event.key === " ") {
      send("select", { index });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // What another tab typed or moved is shown, but never while somebody is at it here.
  function fill() {
    for (const input of document.querySelectorAll("[data-value]")) {
      if (input !== document.activeElement) input.value = input.dataset.value;
    }
  }

  function look(changes) {
    const said = changes.filter((change) => change.type === "attributes");
    const nodes = new Set(said.map((change) => change.target));
    for (const map of document.querySelectorAll("svg.map:empty")) nodes.add(map); // a new page
    for (const node of nodes) if (node.matches?.("svg.map")) draw(node);
    fill();
  }

  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, attributeFilter: ["data-scene", "data-selected", "data-value"],
  });
})();
