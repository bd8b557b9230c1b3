// A Prometheus from Debian's packages observes a fleet of real llama-servers by the files of docs/: every expression of
// every dashboard has data, every rule works, nothing alarms.
//
//   ROLECALL_BIN=build/release/bin node --test tests/observe/observe.test.mjs
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {resolve} from 'node:path';
import test, {after, before} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';

import {Fleet, until} from './fleet.mjs';
import {alerts, dashboards, expressions, path, program, records} from './project.mjs';

const bin = resolve(process.env.ROLECALL_BIN ?? path('build/release/bin'));
const llamaServer = process.env.ROLECALL_LLAMA_SERVER ?? path('third_party/llama.cpp/prefix/bin/llama-server');

// Expressions without data although all is well, and why.
const mayBeEmpty = [
  [/ALERTS/, 'no alert fires'],
  [/rolecall_load_failures(_total|:)/, 'no load failed'],
  [/rolecall_engine_sample_failures_total/, 'every engine tells its metrics'],
  [/rolecall_dropped_writes(_total|:)/, 'the disk takes everything'],
  [/rolecall_footprint_misestimates_total/, 'estimates may be right'],
  [/rolecall_instance_learned_bytes/, 'nothing is learned of processes that hardly worked'],
  [/rolecall_instance_load_ratio/, 'a small model is loaded before Prometheus looks'],
  [/rolecall_host_stalled_seconds_total/, 'kernels without PSI'],
  [/_node_(memory_|memory_free_)?bytes/, 'hosts that do not tell their NUMA nodes'],
];
// Alerts that tell of this machine, not of the fleet.
const mayFire = ['RolecallDiskLow', 'RolecallMemoryShort', 'RolecallMemoryStalled'];

const began = Date.now() / 1000;
let fleet;
let traffic;

before(async () => {
  fleet = await Fleet.start({rolecalld: resolve(bin, 'rolecalld'), tinyGguf: resolve(bin, 'tiny-gguf'), llamaServer});
  await until('HOT roles', async () => (await fleet.ask('/readyz')).status === 200);
  await happenings();
  traffic = keepBusy();
});

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    await fleet?.stop();
    process.exit(1);
  });

after(async () => {
  traffic?.stop();
  if (fleet) assert.deepEqual(await fleet.stop(), [], 'processes are left');
});

const endless = {max_tokens: 100000, ignore_eos: true};
const instance = async name => (await fleet.instances()).find(one => one.name === name);

// What a fleet sees in a day: loads, crashes, evictions, a queue, clients that leave, errors, a reload. Between two of the
// same kind there is a scrape, or they would look like one.
async function happenings() {
  await fleet.scraped();
  assert.equal(await fleet.chat('nobody'), 404);
  await crash();
  for (const role of ['architect_general', 'architect_coding', 'architect_general']) {
    assert.equal(await fleet.chat(role), 200);
    await fleet.scraped();
  }
  assert.match((await instance('architect_coding')).reason, /evicted/);
  await crowd();
  assert.equal((await fleet.ask('/admin/reload', 'POST')).status, 200);
}

// A WARM role dies under a request, a HOT one while it is idle.
async function crash() {
  const lost = fleet.chat('architect_general', endless);
  await until('work to lose', async () => (await instance('architect_general')).leases > 0);
  process.kill((await instance('architect_general')).pid, 'SIGKILL');
  assert.equal(await lost, 502);

  const victim = await instance('embedder-1');
  process.kill(victim.pid, 'SIGKILL');
  await until('another embedder-1', async () => {
    const {pid, state} = await instance('embedder-1');
    return pid !== victim.pid && state === 'ready';
  });
}

// More callers than slots, until Prometheus has seen some of them wait; then all leave.
async function crowd() {
  const leaving = new AbortController();
  const callers = Array.from({length: 8}, async () => {
    while (!leaving.signal.aborted)
      await fleet.chat('frontdoor', {...endless, stream: true}, leaving.signal).catch(() => {});
  });
  await until('a queue', () => fleet.sees('rolecall_waiters{role="frontdoor"} > 0'));
  leaving.abort();
  await Promise.all(callers);
}

// Requests for as long as it is looked at, so that rates are rates of something.
function keepBusy() {
  let going = true;
  const asking = (async () => {
    while (going) {
      await Promise.all([
        ...['coder_escalation', 'worker_general', 'worker_math', 'architect_general'].map(role =>
          fleet.chat(role, {stream: true}),
        ),
        ...Array.from({length: 4}, () => fleet.chat('frontdoor')),
        fleet.chat('coder_escalation'),
        fleet.post('/v1/embeddings', {model: 'embedder', input: 'who is on call tonight?'}),
        fleet.chat('nobody'),
      ]).catch(() => {});
      await pause(200);
    }
  })();
  return {
    stop: () => {
      going = false;
      return asking;
    },
  };
}

// Looks until there is nothing to complain of, or 45 s have passed; the last complaints.
async function complaints(look) {
  let last = [];
  await until('', async () => (last = await look()).length === 0, 45_000).catch(error => {
    if (!last.length) throw error;
  });
  return last;
}

const roles = ['coder_escalation', 'frontdoor', 'architect_general', 'embedder'];

// An expression as Grafana would send it, for each value of the variables that it could be looked at with.
function substituted(expr, variables) {
  const multi = name => variables.find(variable => variable.name === name)?.multi;
  const plain = expr
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('$__interval', '5s')
    .replaceAll('$host', 'localhost')
    .replaceAll('$instance', '.*');
  return multi('role') || !plain.includes('$role')
    ? [plain.replaceAll('$role', '.*')]
    : roles.map(role => plain.replaceAll('$role', role));
}

async function hasData(query) {
  const {result} = await fleet.api('query_range', {query, start: began, end: Date.now() / 1000, step: 1});
  return result.some(series => series.values.some(([, value]) => value !== 'NaN'));
}

// Those of the questions [{where, expr, asked: [query …]}] that find nothing.
async function unanswered(questions) {
  const without = [];
  for (const question of questions) {
    try {
      let found = false;
      for (const query of question.asked) found ||= await hasData(query);
      if (!found && !mayBeEmpty.some(([pattern]) => pattern.test(question.expr)))
        without.push(`${question.where}: no data: ${question.expr}`);
    } catch (error) {
      without.push(`${question.where}: ${error.message}: ${question.expr}`);
    }
  }
  return without;
}

test('Prometheus scrapes rolecalld', async () => {
  const seen = await until('a target that is up', async () => {
    const {activeTargets} = await fleet.api('targets');
    return activeTargets.length && activeTargets.every(target => target.health === 'up') && activeTargets;
  });
  assert.equal(seen.length, 1);
});

test('promtool finds nothing to say about the exposition', async () => {
  const exposition = await (await fleet.ask('/metrics')).text();
  const lint = spawn(program('promtool'), ['check', 'metrics'], {stdio: ['pipe', 'pipe', 'pipe']});
  let said = '';
  for (const stream of [lint.stdout, lint.stderr])
    stream.on('data', piece => {
      said += piece;
    });
  lint.stdin.end(exposition);
  const [code] = await once(lint, 'close');
  assert.equal(said, '');
  assert.equal(code, 0);
});

for (const dashboard of dashboards())
  test(`${dashboard.title}: every expression has data`, async () => {
    const variables = dashboard.templating.list;
    const questions = expressions(dashboard).map(one => ({...one, asked: substituted(one.expr, variables)}));
    assert.ok(questions.length > 0);
    assert.deepEqual(await complaints(() => unanswered(questions)), []);
  });

test('every variable of the dashboards has values', async () => {
  const lists = dashboards().flatMap(one =>
    one.templating.list
      .filter(variable => variable.type === 'query')
      .map(variable => ({where: `${one.title}, $${variable.name}`, expr: variable.definition})),
  );
  assert.ok(lists.length > 0);
  assert.deepEqual(
    await complaints(async () => {
      const empty = [];
      for (const {where, expr} of lists) {
        const [, series, label] = expr.match(/^label_values\((.*), (\w+)\)$/);
        const found = await fleet.api('query', {query: `count by (${label}) (${substituted(series, [])[0]})`});
        if (!found.result.some(one => one.metric[label])) empty.push(`${where}: ${expr}`);
      }
      return empty;
    }),
    [],
  );
});

test('every recording rule yields data', async () => {
  const questions = [...records()].map(name => ({where: name, expr: name, asked: [name]}));
  assert.deepEqual(await complaints(() => unanswered(questions)), []);
});

test('every rule works, and no alert fires or is about to', async () => {
  const rules = await until('the evaluation of every rule', async () => {
    const all = (await fleet.api('rules')).groups.flatMap(group => group.rules);
    return all.every(rule => rule.health !== 'unknown') && all;
  });
  assert.deepEqual(
    rules.filter(rule => rule.health !== 'ok').map(rule => `${rule.name}: ${rule.lastError}`),
    [],
  );
  const names = rules.filter(rule => rule.type === 'alerting').map(rule => rule.name);
  assert.deepEqual(names.sort(), [...alerts().keys()].sort());
  assert.deepEqual(
    await complaints(async () => {
      const groups = (await fleet.api('rules')).groups;
      return groups
        .flatMap(group => group.rules)
        .filter(rule => rule.type === 'alerting' && rule.state !== 'inactive' && !mayFire.includes(rule.name))
        .map(rule => `${rule.name} is ${rule.state}: ${JSON.stringify(rule.alerts.map(alert => alert.labels))}`);
    }),
    [],
  );
});
