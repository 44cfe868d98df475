// The wiring as layers of the style: lines by how they are known, spots that need another look.
// Solid is known, hollow learnt from events, dotted guessed; a surer guess is a thicker one.

const BY_ZOOM = (low, high) => ["interpolate", ["linear"], ["zoom"], 13.5, low, 18, high];
const ROUND = { "line-cap": "round", "line-join": "round" };
const known = (how) => ["==", ["get", "how"], how];

export const WIRES_FROM_ZOOM = 13.5;

export function wireLayers() {
  return [
    {
      id: "wires-known",
      type: "line",
      filter: known("known"),
      layout: ROUND,
      paint: { "line-width": BY_ZOOM(0.8, 1.6), "line-opacity": 0.7 },
    },
    {
      id: "wires-learnt",
      type: "line",
      filter: known("learnt"),
      paint: { "line-width": BY_ZOOM(0.7, 1.1), "line-gap-width": BY_ZOOM(1.2, 2.6) },
    },
    {
      id: "wires-guessed",
      type: "line",
      filter: known("guessed"),
      layout: ROUND,
      paint: {
        "line-width": ["+", 1.2, ["*", 2, ["get", "sure"]]],
        "line-dasharray": [0.1, 2.4],
      },
    },
  ];
}

export const spotLayer = () => ({
  id: "doubts",
  type: "symbol",
  layout: { "icon-image": "doubt", "icon-allow-overlap": true, "icon-ignore-placement": true },
});

/** A dotted square with a question mark: nobody knows. */
export function doubtImage({ line, ground }) {
  const size = 44; // drawn for screens of two pixels a point
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d");
  pen.fillStyle = ground;
  pen.beginPath();
  pen.roundRect(2, 2, size - 4, size - 4, 8);
  pen.fill();
  pen.strokeStyle = pen.fillStyle = line;
  pen.lineWidth = 3.2;
  pen.lineCap = "round";
  pen.setLineDash([0.1, 6.1]);
  pen.beginPath();
  pen.roundRect(6, 6, size - 12, size - 12, 6);
  pen.stroke();
  pen.font = '700 25px "Atkinson Hyperlegible Next", sans-serif';
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText("?", size / 2, size / 2 + 2);
  return pen.getImageData(0, 0, size, size);
}
