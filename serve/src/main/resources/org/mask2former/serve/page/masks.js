'use strict';

/** What COCO's run lengths say, drawn on a canvas. Nothing here knows of the page. */
const Masks = {
  /** The runs of a compressed text, as pycocotools writes it: alternately outside and inside, down the columns. */
  runs(text) {
    const runs = [];
    for (let at = 0; at < text.length;) {
      let value = 0, shift = 0, more = true;
      while (more) {
        const code = text.charCodeAt(at++) - 48;
        value |= (code & 0x1f) << shift;
        shift += 5;
        more = (code & 0x20) !== 0;
        if (!more && code & 0x10 && shift < 32) value |= -1 << shift;
      }
      runs.push(runs.length > 2 ? value + runs[runs.length - 2] : value);
    }
    return runs;
  },

  /** For each pixel of a view that shows the picture made smaller, the visible segment on top, from 1; 0 for none. */
  owners(segments, visible, viewWidth, viewHeight) {
    const owners = new Uint16Array(viewWidth * viewHeight);
    const order = segments.map((s, i) => i).filter(i => visible[i]).sort((a, b) => segments[b].area - segments[a].area); // small ones on top
    for (const index of order) {
      const [height, width] = segments[index].rle.size;
      const columns = viewColumns(width, viewWidth);
      let position = 0, inside = false;
      for (const run of Masks.runs(segments[index].rle.counts)) {
        if (inside) fill(owners, index + 1, position, run, height, columns, viewWidth, viewHeight);
        position += run;
        inside = !inside;
      }
    }
    return owners;
  },

  /** Draws the segments over what the canvas shows; the lit one more strongly and with an outline. */
  paint(context, owners, colors, opacity, lit) {
    const {width, height} = context.canvas;
    const image = context.getImageData(0, 0, width, height);
    const data = image.data;
    for (let p = 0; p < owners.length; p++) {
      const owner = owners[p];
      if (owner === 0) continue;
      const edge = isEdge(owners, p, width, height);
      const share = edge ? Math.max(opacity, .85) : lit === owner - 1 ? Math.min(1, opacity + .25) : opacity;
      const color = edge && lit === owner - 1 ? 0xffffff : colors[owner - 1];
      const at = 4 * p;
      data[at] += ((color >> 16) - data[at]) * share;
      data[at + 1] += ((color >> 8 & 255) - data[at + 1]) * share;
      data[at + 2] += ((color & 255) - data[at + 2]) * share;
    }
    context.putImageData(image, 0, 0);
  }
};

/** For each column of the picture the columns of the view that show it. */
function viewColumns(width, viewWidth) {
  const columns = Array.from({length: width}, () => []);
  for (let x = 0; x < viewWidth; x++) columns[Math.floor((x + .5) * width / viewWidth)].push(x);
  return columns;
}

function fill(owners, value, position, run, height, columns, viewWidth, viewHeight) {
  const scale = viewHeight / height;
  for (let left = run, at = position; left > 0;) {
    const x = Math.floor(at / height), y = at % height;
    const length = Math.min(left, height - y);
    const from = Math.max(0, Math.ceil(y * scale - .5)), to = Math.min(viewHeight, Math.ceil((y + length) * scale - .5));
    for (const column of columns[x]) {
      for (let row = from; row < to; row++) owners[row * viewWidth + column] = value;
    }
    at += length;
    left -= length;
  }
}

function isEdge(owners, p, width, height) {
  const owner = owners[p], x = p % width;
  return x + 1 < width && owners[p + 1] !== owner || p + width < width * height && owners[p + width] !== owner
      || x > 0 && owners[p - 1] !== owner || p >= width && owners[p - width] !== owner;
}
