'use strict';

const EVERY = 1000; // milliseconds
const GOOD = ['RUNNING', 'FINISHED', 'CONNECTED', 'ready'];
const BAD = ['ERROR', 'FAILED', 'DISCONNECTED'];
const METER = 'bspump.pipeline.';

const byId = id => document.getElementById(id);
const before = new Map(); // of each pipeline, when it was looked at last and what had come in

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function row(className, ...cells) {
  const made = element('tr', undefined, className);
  cells.forEach(cell => made.append(cell));
  return made;
}

const number = (value, digits = 0) =>
  element('td', value === undefined ? '' : value.toLocaleString('en', {maximumFractionDigits: digits}), 'number');

function state(name, ...notes) {
  const cell = element('td');
  const tone = GOOD.includes(name) ? ' good' : BAD.includes(name) ? ' bad' : '';
  cell.append(element('span', name, 'state' + tone));
  notes.filter(Boolean).forEach(note => cell.append(element('small', note)));
  return cell;
}

async function ask(path, method = 'GET') {
  const token = sessionStorage.getItem('token');
  const answer = await fetch(path, {method, headers: token ? {authorization: 'Bearer ' + token} : {}});
  if (answer.status === 401) throw new Error('401');
  const body = await answer.json();
  if (!answer.ok && path !== 'readyz') throw new Error(body.message);
  return body;
}

function rate(id, now, count) {
  const last = before.get(id);
  before.set(id, {time: now, count});
  return last && now > last.time ? (count - last.count) * 1000 / (now - last.time) : undefined;
}

function resume(id) {
  const cell = element('td');
  const button = element('button', 'resume');
  button.onclick = () => ask('bspump/v1/pipelines/' + encodeURIComponent(id) + '/resume', 'POST').catch(trouble);
  cell.append(button);
  return cell;
}

function pipeline(view, now) {
  const meter = name => view.Metrics[METER + name];
  const perSecond = rate(view.Id, now, meter('event.in'));
  const rows = [row('', element('td', view.Id), state(view.State, view.WaitingFor && 'waiting for ' + view.WaitingFor, view.Error),
    number(meter('event.in')), number(meter('event.out')), number(meter('event.drop')), number(meter('warning') + meter('error')),
    number(perSecond, perSecond < 100 ? 1 : 0), number(view.Unsettled), view.State === 'ERROR' ? resume(view.Id) : element('td'))];
  const stage = (each, isSource) => {
    const figure = name => each.Metrics[METER + 'processor.event.' + name];
    const name = element('td', each.Id);
    name.title = each.Class;
    return row('stage', name, element('td'), number(isSource ? undefined : figure('in')), number(isSource ? figure('in') : figure('out')),
      number(figure('drop')), number(figure('error')), element('td'), element('td'), element('td'));
  };
  view.Sources.forEach(each => rows.push(stage(each, true)));
  view.Processors.forEach(each => rows.push(stage(each, false)));
  return rows;
}

function connection(view) {
  const status = view.status;
  const error = status.lastError && status.state !== 'CONNECTED' ? status.lastError.message : '';
  const next = status.nextAttemptAt ? 'next attempt at ' + new Date(status.nextAttemptAt).toLocaleTimeString() : '';
  return row('', element('td', view.id), element('td', view.typ), state(view.enabled ? status.state : 'DISABLED', error, next),
    element('td', new Date(status.since).toLocaleString()), number(status.generation),
    element('td', view.references.map(each => each.referrer).join(', ')));
}

function show(manifest, ready, pipelines, connections) {
  const now = performance.now();
  byId('about').textContent = manifest.bspump + ', Java ' + manifest.java + ', up since ' + new Date(manifest.LAUNCHED_AT).toLocaleString();
  byId('ready').textContent = ready.status;
  byId('ready').className = 'state' + (ready.status === 'ready' ? ' good' : ' bad');
  byId('pipelines').replaceChildren(...Object.values(pipelines).flatMap(view => pipeline(view, now)));
  byId('connections').replaceChildren(...connections.map(connection));
  document.querySelector('main').hidden = false;
  byId('login').hidden = true;
  byId('trouble').hidden = true;
}

function trouble(error) {
  const unauthorized = error.message === '401';
  byId('login').hidden = !unauthorized;
  document.querySelector('main').hidden = unauthorized;
  byId('trouble').hidden = unauthorized;
  byId('trouble').textContent = error instanceof TypeError ? 'The pump does not answer.' : error.message;
  if (!unauthorized) {
    byId('ready').textContent = 'unknown';
    byId('ready').className = 'state bad';
  }
}

async function look() {
  try {
    show(...await Promise.all(['bspump/v1/manifest', 'readyz', 'bspump/v1/pipelines', 'connections'].map(path => ask(path))));
  } catch (error) {
    trouble(error);
  }
  setTimeout(look, EVERY);
}

byId('login').onsubmit = event => {
  event.preventDefault();
  sessionStorage.setItem('token', byId('token').value);
};
look();
