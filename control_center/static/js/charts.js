// Curves of the panels: the server's drawing becomes one that can be read point by point.

import { numberInWords } from "./figures.js";

const FEW = 12; // readings: each is then a dot

let library = null;

/** Replace the drawings of an element by charts; where that fails the drawings stay. */
export async function drawCharts(element, { uplot, clock }) {
  for (const figure of element.querySelectorAll("[data-curve]")) {
    const series = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    if (!series.t?.length) continue;
    library ??= load(uplot);
    const UPlot = await library;
    if (figure.isConnected) draw(UPlot, figure, series, clock);
  }
}

function draw(UPlot, figure, series, clock) {
  const drawing = figure.querySelector("svg");
  const box = document.createElement("div");
  box.className = "chart";
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", drawing.getAttribute("aria-label"));
  drawing.replaceWith(box);
  figure.querySelector(".curve-ends")?.remove();
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const lines = Object.keys(series).filter((name) => name !== "t");
  const font = `13px ${token("--font")}`;
  const axis = { stroke: token("--text-3"), font, ticks: { show: false } };
  const grid = { stroke: token("--hairline"), width: 1 };
  const inks = [token("--text-1"), token("--water-edge"), token("--maintenance")];
  const chart = new UPlot(
    {
      width: box.clientWidth,
      height: 150,
      padding: [8, 8, 0, 0],
      cursor: { y: false, points: { size: 6 } },
      legend: { show: false },
      scales: { x: { time: true, range: [Number(figure.dataset.start), Number(figure.dataset.end)] } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 70,
          size: 26,
          values: (_, ticks) => ticks.map((t) => clock.hour(t * 1000)),
        },
        { ...axis, grid, size: 46, space: 30, values: (_, ticks) => ticks.map(number) },
      ],
      series: [
        {},
        ...lines.map((name, at) => ({
          stroke: inks[at % inks.length],
          width: 1.6,
          points: { show: series.t.length < FEW },
          spanGaps: true,
        })),
      ],
      hooks: { setCursor: [(one) => tell(one, figure, clock)] },
    },
    [series.t, ...lines.map((name) => series[name])],
    box,
  );
  new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: 150 })).observe(box);
}

// The value under the cursor, in the place of the last one.
function tell(chart, figure, clock) {
  const head = figure.closest("section")?.querySelector(".panel-section .secondary");
  if (!head) return;
  head.dataset.last ??= head.textContent;
  const { idx } = chart.cursor;
  if (idx === null || idx === undefined) {
    head.textContent = head.dataset.last;
    return;
  }
  const values = chart.data.slice(1).map((line) => line[idx]).filter((value) => value !== null);
  const unit = figure.dataset.unit ? `\u00a0${figure.dataset.unit}` : "";
  head.textContent = `${clock.hour(chart.data[0][idx] * 1000)} : ${values.map(number).join(", ")}${unit}`;
}

function number(value) {
  return numberInWords(value, Math.abs(value) >= 100 ? 0 : 2);
}

async function load({ script, style }) {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = style;
  document.head.append(sheet);
  await new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = script;
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
    document.head.append(element);
  });
  return window.uPlot;
}
