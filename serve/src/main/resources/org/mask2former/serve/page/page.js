'use strict';

const $ = id => document.getElementById(id);
const LARGEST_VIEW = 2000; // pixels of a side: what a screen can show, and a phone's memory can bear

let models = [];
let picture = null;   // {blob, name, bitmap}: what was chosen
let result = null;    // the server's answer
let view = null;      // {owners, colors, visible}: the answer as it is drawn
let lit = -1;         // the segment that is pointed at
let stream = null;    // of the camera
let turn = 0;         // counts requests: only the last one's answer is shown

// --- talking to the server ---

async function call(path, options = {}) {
  const headers = {...options.headers};
  const token = sessionStorage.getItem('token');
  if (token) headers.Authorization = 'Bearer ' + token;
  let response;
  try {
    response = await fetch(path, {...options, headers});
  } catch {
    throw new Error('The server cannot be reached. Is it still running?');
  }
  if (response.status === 401) {
    await askForToken(token !== null);
    return call(path, options);
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get('Retry-After'));
  const error = new Error(sentence(told.error || `The server answered ${response.status}.`));
  if (response.status === 429 || told.code === 'loading') error.retryAfter = Math.min(seconds || 2, 30);
  throw error;
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}

function askForToken(again) {
  const dialog = $('token-dialog');
  if (again) say('That token is not the right one.');
  return new Promise((resolve, reject) => {
    dialog.onclose = () => {
      if ($('token').value === '') { reject(new Error('Without the token this server does nothing.')); return; }
      sessionStorage.setItem('token', $('token').value);
      say('');
      resolve();
    };
    dialog.showModal();
  });
}

async function loadModels() {
  const answer = await (await call('v1/models')).json();
  models = answer.models;
  $('model').replaceChildren(...models.map(m => new Option(m.name + (m.ready ? '' : ' (loading)'), m.name)));
  $('model-choice').hidden = models.length === 0;
  chooseModel();
  if (models.some(m => !m.ready)) setTimeout(() => loadModels().catch(show), 2000);
}

function chooseModel() {
  const model = models.find(m => m.name === $('model').value);
  if (model && model.ready) $('task').value = model.task;
  chooseTask();
}

function chooseTask() {
  const model = models.find(m => m.name === $('model').value);
  const defaults = model && model.defaults && model.defaults[$('task').value];
  $('threshold-choice').hidden = !defaults;
  if (defaults) $('threshold').value = defaults.threshold;
  showValues();
}

async function segment() {
  if (!picture) return;
  const mine = ++turn;
  work('Segmenting…');
  const form = new FormData();
  form.append('image', picture.blob, picture.name);
  if ($('model').value) form.append('model', $('model').value);
  form.append('task', $('task').value);
  if (!$('threshold-choice').hidden) form.append('threshold', $('threshold').value);
  try {
    const response = await call('v1/segment', {method: 'POST', body: form, headers: {Accept: 'application/json'}});
    const answer = await response.json();
    if (mine === turn) { say(''); await showResult(answer); work(''); }
  } catch (error) {
    if (mine !== turn) return;
    if (error.retryAfter) {
      work(`${error.message} Trying again in ${error.retryAfter} s…`);
      setTimeout(() => { if (mine === turn) segment(); }, 1000 * error.retryAfter);
      return;
    }
    work('');
    show(error);
  }
}

// --- pictures coming in ---

async function take(blob, name) {
  endCamera();
  say('');
  picture = {blob, name: name || 'picture', bitmap: await createImageBitmap(blob).catch(() => null)};
  result = view = null;
  $('result').hidden = true;
  $('empty').hidden = true;
  $('view').hidden = false;
  $('stage').classList.add('filled');
  if (picture.bitmap) {
    sizeCanvas(picture.bitmap.width, picture.bitmap.height);
    draw();
  } else {
    sizeCanvas(640, 480); // a format that the browser does not show, but the server may read
  }
  await segment();
}

function takeFirst(files) {
  const file = [...files].find(f => f.type.startsWith('image/') || f.type === '');
  if (file) take(file, file.name);
  else if (files.length) say('That is not a picture. Take a JPEG, PNG, WebP, TIFF, BMP or GIF.');
}

async function startCamera() {
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { $('shot').click(); return; }
  try {
    stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment', width: {ideal: 1280}}});
  } catch (error) {
    say(error.name === 'NotAllowedError'
        ? 'The camera is not allowed. Allow it in the browser\'s settings for this page, or choose a picture.'
        : 'There is no camera to be had. Choose a picture instead.');
    return;
  }
  $('video').srcObject = stream;
  for (const id of ['empty', 'view']) $(id).hidden = true;
  $('video-view').hidden = false;
  document.querySelector('[data-do=shoot]').focus();
}

function endCamera() {
  if (stream) stream.getTracks().forEach(t => t.stop());
  stream = null;
  $('video-view').hidden = true;
  $('empty').hidden = picture !== null;
  $('view').hidden = picture === null;
}

function shoot() {
  const video = $('video'), canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  if (!canvas.width) { say('The camera has not begun yet. Try again in a moment.'); return; }
  canvas.getContext('2d').drawImage(video, 0, 0);
  canvas.toBlob(blob => take(blob, 'camera.jpg'), 'image/jpeg', .95);
}

// --- showing ---

function sizeCanvas(width, height) {
  const scale = Math.min(1, LARGEST_VIEW / Math.max(width, height));
  $('canvas').width = Math.max(1, Math.round(width * scale));
  $('canvas').height = Math.max(1, Math.round(height * scale));
}

async function showResult(answer) {
  result = answer;
  sizeCanvas(answer.width, answer.height);
  view = {colors: answer.colors.map(c => parseInt(c.slice(1), 16)), visible: answer.segments.map(() => true)};
  lit = -1;
  stack();
  showLegend();
  const t = answer.timings;
  $('timings').textContent = `${answer.width}×${answer.height}, ${Math.round(t.queue + t.preprocess + t.inference + t.postprocess)} ms`
      + ` (network ${Math.round(t.inference)})` + (picture.bitmap ? '' : '; the browser cannot show this format');
  $('result').hidden = false;
}

/** Finds out anew which segment is on top where. */
function stack() {
  const {width, height} = $('canvas');
  view.owners = Masks.owners(result.segments, view.visible, width, height);
  draw();
}

function draw() {
  const context = $('canvas').getContext('2d', {willReadFrequently: true});
  const {width, height} = context.canvas;
  context.fillStyle = '#888';
  context.fillRect(0, 0, width, height);
  if (picture.bitmap) context.drawImage(picture.bitmap, 0, 0, width, height);
  if (view) Masks.paint(context, view.owners, view.colors, $('opacity').value / 100, lit);
}

function showLegend() {
  const byLabel = new Map();
  result.segments.forEach((s, i) => byLabel.set(s.label, [...byLabel.get(s.label) || [], i]));
  const items = [];
  for (const [label, indices] of byLabel) {
    if (indices.length === 1) { items.push(item(label, indices, 'class')); continue; }
    items.push(item(`${label} (${indices.length})`, indices, 'class'));
    indices.forEach((i, n) => items.push(item(`${label} ${n + 1}`, [i], 'one')));
  }
  $('legend').replaceChildren(...items);
  const count = result.segments.length, classes = byLabel.size;
  $('summary').textContent = count === 0
      ? (result.task === 'semantic' ? 'Nothing found' : 'Nothing found; try a lower least score')
      : `${count} ${count === 1 ? 'segment' : 'segments'}, ${classes} ${classes === 1 ? 'class' : 'classes'}`;
}

function item(label, indices, kind) {
  const line = document.createElement('li'), button = document.createElement('button');
  const area = indices.reduce((sum, i) => sum + result.segments[i].area, 0) / (result.width * result.height);
  const scores = indices.map(i => result.segments[i].score).filter(s => s !== undefined);
  const swatch = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  swatch.setAttribute('class', 'swatch');
  swatch.setAttribute('viewBox', '0 0 10 10');
  const square = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [key, value] of [['width', 10], ['height', 10], ['rx', 2], ['fill', result.colors[indices[0]]]]) square.setAttribute(key, value);
  swatch.append(square);
  button.type = 'button';
  button.setAttribute('aria-pressed', 'true');
  button.title = 'Show or hide';
  button.append(swatch, span('label', label), span('number', percent(area)),
      span('number', scores.length === 1 && indices.length === 1 ? scores[0].toFixed(2) : ''));
  button.onclick = () => toggle(indices);
  const light = () => point(indices.length === 1 ? indices[0] : -1);
  button.onmouseenter = button.onfocus = light;
  button.onmouseleave = button.onblur = () => point(-1);
  button.segments = indices;
  line.className = kind;
  line.append(button);
  return line;
}

function span(name, text) {
  const element = document.createElement('span');
  element.className = name;
  element.textContent = text;
  return element;
}

function percent(share) {
  return share > 0 && share < .001 ? '<0.1 %' : `${(100 * share).toFixed(1)} %`;
}

function toggle(indices) {
  const show = !indices.some(i => view.visible[i]);
  indices.forEach(i => { view.visible[i] = show; });
  for (const button of $('legend').querySelectorAll('button')) {
    button.setAttribute('aria-pressed', button.segments.some(i => view.visible[i]));
  }
  stack();
}

function point(index) {
  if (index === lit || !view) return;
  lit = index;
  for (const button of $('legend').querySelectorAll('button')) {
    button.classList.toggle('lit', button.segments.length === 1 && button.segments[0] === lit);
  }
  draw();
}

function segmentAt(event) {
  const canvas = $('canvas'), box = canvas.getBoundingClientRect();
  const x = Math.floor((event.clientX - box.left) / box.width * canvas.width);
  const y = Math.floor((event.clientY - box.top) / box.height * canvas.height);
  if (!view || x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) return -1;
  return view.owners[y * canvas.width + x] - 1;
}

function hover(event) {
  const index = event.type === 'pointerleave' ? -1 : segmentAt(event), tip = $('name');
  point(index);
  tip.hidden = index < 0;
  if (index < 0) return;
  const s = result.segments[index], box = $('view').getBoundingClientRect();
  tip.textContent = s.score === undefined ? s.label : `${s.label} ${s.score.toFixed(2)}`;
  const left = Math.min(event.clientX - box.left + 12, box.width - tip.offsetWidth - 4);
  const top = Math.max(0, event.clientY - box.top - tip.offsetHeight - 8);
  tip.style.transform = `translate(${Math.max(0, left)}px, ${top}px)`;
}

function say(text) {
  $('message').textContent = text;
  $('message').hidden = text === '';
}

function show(error) { say(error.message); }

function work(text) {
  $('working').hidden = text === '';
  $('working-text').textContent = text;
}

function showValues() {
  $('threshold-value').textContent = Number($('threshold').value).toFixed(2);
  $('opacity-value').textContent = `${$('opacity').value} %`;
}

// --- taking away ---

function save(blob, ending) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = picture.name.replace(/\.[^.]*$/, '') + ending;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function saveJson(value, ending) {
  save(new Blob([JSON.stringify(value, null, 1)], {type: 'application/json'}), ending);
}

/** COCO's list of results, as the server's own. */
function coco() {
  const classes = models.find(m => m.name === result.model).classes;
  return result.segments.map(s => ({
    image_id: 1, category_id: classes[s.label_id].dataset_id, bbox: s.box, score: s.score ?? 1, segmentation: s.rle,
    file_name: picture.name
  }));
}

// --- wiring ---

const actions = {
  choose: () => $('file').click(),
  camera: startCamera,
  shoot,
  'end-camera': endCamera,
  png: () => { point(-1); $('canvas').toBlob(blob => save(blob, '-segments.png')); },
  json: () => saveJson(result, '.json'),
  coco: () => saveJson(coco(), '-coco.json')
};
for (const button of document.querySelectorAll('[data-do]')) button.onclick = () => actions[button.dataset.do]();
for (const id of ['file', 'shot']) $(id).onchange = event => { takeFirst(event.target.files); event.target.value = ''; };
document.addEventListener('paste', event => takeFirst(event.clipboardData.files));
document.addEventListener('dragover', event => { event.preventDefault(); $('stage').classList.add('over'); });
document.addEventListener('dragleave', event => { if (!event.relatedTarget) $('stage').classList.remove('over'); });
document.addEventListener('drop', event => {
  event.preventDefault();
  $('stage').classList.remove('over');
  takeFirst(event.dataTransfer.files);
});
document.addEventListener('keydown', event => { if (event.key === 'Escape' && stream) endCamera(); });
for (const kind of ['pointermove', 'pointerdown', 'pointerleave']) $('canvas').addEventListener(kind, hover);
$('canvas').onclick = event => { const index = segmentAt(event); if (index >= 0) toggle([index]); };
$('model').onchange = () => { chooseModel(); segment(); };
$('task').onchange = () => { chooseTask(); segment(); };
$('threshold').oninput = showValues;
$('threshold').onchange = segment;
$('opacity').oninput = () => { showValues(); if (picture) draw(); };
showValues();
loadModels().catch(show);
