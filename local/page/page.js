// Shows the snapshots that the server sends, and follows the records that the buttons send. Whatever comes from a database is
// hostile: text gets into the page as text alone.

/** @param {string} id */
const byId = (id) => document.getElementById(id);

const numbers = new Intl.NumberFormat('en');
const buttons = [...document.querySelectorAll('button[data-kind]')];

let accounted = false;
let following = false;
let connected = false;

const snapshots = new EventSource('/snapshots');
snapshots.addEventListener('message', ({ data }) => {
  connected = true;
  show(JSON.parse(data));
});
snapshots.addEventListener('error', () => {
  connected = false;
  showReadiness();
});

for (const button of buttons) button.addEventListener('click', () => send(button));

function show({ run, classes, latest, consumers, quarantine, lag, archive }) {
  accounted = run.accounted;
  showReadiness(run.differences);
  setText(byId('progress'), describeRun(run));
  showClasses(classes);
  showRows(
    byId('latest'),
    latest.map((event) => [
      event.arrivalTime.slice(11, 23),
      event.class,
      event.action ?? '–',
      event.user ?? '–',
      event.database ?? '–',
      event.objectName ?? '–',
    ]),
  );
  showRows(
    byId('consumers'),
    consumers.map(({ rule, queue, waiting, inFlight }) => [rule, queue, waiting, inFlight]),
  );
  showRows(
    byId('quarantine'),
    quarantine.reasons.map(({ reason, records }) => [reason, records]),
  );
  showItems(
    byId('quarantined'),
    quarantine.latest.map(({ key }) => key),
  );
  setText(byId('lag-latest'), describeLag(lag?.latest));
  setText(byId('lag-highest'), describeLag(lag?.highest));
  setText(byId('location'), archive.location);
  showFolders(byId('tree'), archive.classes, '');
}

function describeRun({ records, acknowledged, givenUp, accounted }) {
  const lost = givenUp > 0 ? `, ${numbers.format(givenUp)} given up` : '';
  if (accounted)
    return `${numbers.format(acknowledged)} records acknowledged${lost}; ${numbers.format(records)} are the run’s own.`;
  return `The run writes ${numbers.format(records)} records: ${numbers.format(acknowledged)} acknowledged${lost}.`;
}

function describeLag(milliseconds) {
  return milliseconds === undefined ? 'none yet' : `${numbers.format(milliseconds)} ms`;
}

/** Says whether a record can be sent, and why not. @param {number} [differences] */
function showReadiness(differences = 0) {
  const sentence = !connected
    ? 'Not connected to the run: what stands here may be old.'
    : !accounted
      ? 'The run’s own records are not accounted for yet. A record sent now would falsify the accounts: wait a moment.'
      : following
        ? 'A record is being followed.'
        : differences > 0
          ? `The run is over with ${count(differences, 'difference')}: see the terminal. A record can be sent.`
          : 'All of the run’s own records are accounted for. A record can be sent.';
  // What is set again would be read out again.
  setText(byId('readiness'), sentence);
  for (const button of buttons) button.setAttribute('aria-disabled', String(!connected || !accounted || following));
}

/** @param {HTMLElement} button */
async function send(button) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  following = true;
  showReadiness();
  setText(byId('trace-hint'), `${button.textContent}:`);
  byId('trace').replaceChildren();
  try {
    const response = await fetch(`/records/${button.dataset.kind}`, { method: 'POST' });
    if (!response.ok) addStep(['It was refused: ', (await response.text()).trim(), '.']);
    else await readLines(response.body, (line) => addStep(describeStep(JSON.parse(line))));
    addStep([response.ok ? 'That is all that was seen of it.' : 'Nothing was sent.']);
  } catch {
    addStep(['The connection ended: it was not followed further.']);
  }
  following = false;
  showReadiness();
}

/** @param {ReadableStream<Uint8Array>} stream @param {(line: string) => void} onLine */
async function readLines(stream, onLine) {
  let rest = '';
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    lines.forEach(onLine);
  }
}

/** Text, and what stands as code in it: `{ code }`. */
function describeStep(step) {
  switch (step.step) {
    case 'sent':
      return [
        `Kinesis took it, ${numbers.format(step.bytes)} bytes: stream `,
        { code: step.stream },
        ', shard ',
        { code: step.shardId },
        ', sequence number ',
        { code: step.sequenceNumber },
        '.',
      ];
    case 'settled':
      return step.how === 'acknowledged'
        ? [`The function acknowledged it after ${numbers.format(step.milliseconds)} ms.`]
        : ['The mapping gave it up: its attempts or its age ran out.'];
    case 'unsettled':
      return [`The function has not acknowledged it in ${step.seconds} seconds.`];
    case 'archived':
      return [
        `The archive holds it as ${step.class}, event `,
        { code: step.eventId },
        ', in ',
        { code: step.key },
        '.',
      ];
    case 'quarantined':
      return [`It is quarantined for ${step.reason}, at ${step.stage}, in `, { code: step.key }, '.'];
    case 'not stored':
      return ['Neither the archive nor the quarantine holds anything of it.'];
    case 'delivered':
      return [
        'Rule ',
        { code: step.rule },
        ` matched ${step.detailType}: it went to `,
        { code: step.queue },
        step.after === null ? '' : `, a queue that holds ${count(step.after, 'message')}`,
        step.after === null || step.before === null ? '.' : ` and held ${numbers.format(step.before)} before.`,
        ...(step.statement === null ? [] : [' The statement stands there as ', { code: step.statement }, '.']),
      ];
    case 'not delivered':
      return ['No rule matched: no queue got it.'];
    default:
      return ['Something happened that this page does not know.'];
  }
}

function addStep(parts) {
  const item = document.createElement('li');
  item.append(
    ...parts.map((part) => {
      if (typeof part === 'string') return part;
      const code = document.createElement('code');
      code.textContent = part.code;
      return code;
    }),
  );
  byId('trace').append(item);
}

function showClasses(classes) {
  const most = Math.max(1, ...classes.map(({ events }) => events));
  showRows(
    byId('classes'),
    classes.map(({ class: name, events, lately }) => [name, events, lately]),
    (row, index) => {
      const bar = document.createElement('span');
      bar.className = 'bar';
      // The number beside it says the same.
      bar.setAttribute('aria-hidden', 'true');
      bar.style.inlineSize = `${(classes[index].events / most) * 100}%`;
      row.firstElementChild.append(bar);
    },
  );
}

/** Fills a table's body: the first cell is the row's head, numbers stand to the right. */
function showRows(body, rows, finish = () => undefined) {
  if (!isNew(body, rows)) return;
  const names = [...body.parentElement.querySelectorAll('thead th')].map(({ textContent }) => textContent);
  body.replaceChildren(
    ...rows.map((cells, index) => {
      const row = document.createElement('tr');
      row.append(
        ...cells.map((value, column) => {
          const cell = document.createElement(column === 0 ? 'th' : 'td');
          if (column === 0) cell.scope = 'row';
          cell.dataset.name = names[column];
          if (typeof value === 'number') cell.className = 'number';
          cell.textContent = typeof value === 'number' ? numbers.format(value) : value;
          return cell;
        }),
      );
      finish(row, index);
      return row;
    }),
  );
  if (rows.length > 0) return;
  const cell = document.createElement('td');
  cell.colSpan = names.length;
  cell.textContent = 'none yet';
  body.append(document.createElement('tr'));
  body.lastElementChild.append(cell);
}

function showItems(list, texts) {
  if (!isNew(list, texts)) return;
  list.replaceChildren(
    ...texts.map((text) => {
      const item = document.createElement('li');
      const code = document.createElement('code');
      code.textContent = text;
      item.append(code);
      return item;
    }),
  );
}

/** The tree's nodes stay, so that what a person has opened stays open and keeps the focus. */
const nodes = new Map();

function showFolders(list, folders, parentPath, hidden = 0) {
  folders.forEach((folder, position) => {
    const path = `${parentPath}/${folder.name}`;
    const node = nodes.get(path) ?? createNode(path, folder);
    if (list.children[position] !== node.item) list.insertBefore(node.item, list.children[position] ?? null);
    setText(node.label, folder.name);
    setText(node.counts, ` ${count(folder.events, 'event')} in ${count(folder.objects, 'object')}`);
    if (node.list) showFolders(node.list, folder.folders, path, folder.hidden);
  });
  while (list.children.length > folders.length) {
    nodes.delete(list.lastElementChild.dataset.path);
    list.lastElementChild.remove();
  }
  if (hidden === 0) return;
  const item = document.createElement('li');
  item.textContent = `${count(hidden, 'hour')} before these`;
  list.append(item);
}

function createNode(path, folder) {
  const item = document.createElement('li');
  item.dataset.path = path;
  const [label, counts] = [document.createElement('b'), document.createElement('span')];
  let list = null;
  if (folder.folders.length > 0) {
    const [details, summary] = [document.createElement('details'), document.createElement('summary')];
    list = document.createElement('ul');
    summary.append(label, counts);
    details.append(summary, list);
    item.append(details);
  } else item.append(label, counts);
  const node = { item, label, counts, list };
  nodes.set(path, node);
  return node;
}

/** @param {number} number @param {string} noun */
function count(number, noun) {
  return `${numbers.format(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const shown = new Map();

/** Whether an element is to show something else than before. */
function isNew(element, value) {
  const text = JSON.stringify(value);
  if (shown.get(element) === text) return false;
  shown.set(element, text);
  return true;
}
