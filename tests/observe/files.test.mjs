// What can be known of the rules, dashboards and pages without a fleet.
//
//   node --test tests/observe/files.test.mjs
import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';

import {
  alerts,
  catalogue,
  dashboards,
  expressions,
  metricOf,
  path,
  program,
  records,
  root,
  ruleFiles,
  run,
  text,
} from './project.mjs';

const testFiles = readdirSync(path('tests/observe/rules'));
const pages = ['docs/runbook.md', 'docs/observability.md'];

// `rolecall_…` names of series, recorded ones apart; in pages only where they stand as code.
const seriesIn = words => [...words.matchAll(/(?<![\w:.-])rolecall_\w+(?![\w:])/g)].map(match => match[0]);
const recordedIn = words => [...words.matchAll(/\b\w+:rolecall_\w+:\w+/g)].map(match => match[0]);

const sources = () => [
  ...ruleFiles.map(file => ({where: `docs/prometheus/${file}`, words: text('docs/prometheus', file)})),
  ...dashboards().map(one => ({where: one.file, words: JSON.stringify(one).replaceAll('\\"', '"')})),
  ...pages.map(file => ({where: file, words: text(file)})),
];

const none = (problems, what) => assert.deepEqual(problems, [], what);

test('promtool accepts the configuration, with and without what stands there as an option', async () => {
  await run(program('promtool'), ['check', 'config', path('docs/prometheus/prometheus.yml')]);
  const folder = mkdtempSync(join(tmpdir(), 'rolecall-observe-'));
  try {
    const key = join(folder, 'key');
    writeFileSync(key, 'rk-1');
    const plain = text('docs/prometheus/prometheus.yml');
    const options = plain
      .replace(/^( *)# (alerting:|  alertmanagers:|    - static_configs|authorization:|  credentials_file:)/gm, '$1$2')
      .replace('/etc/prometheus/rolecall.key', key)
      .replace(/(?<=- )rolecall\.\w+\.yml/g, name => path('docs/prometheus', name));
    for (const option of [/^alerting:/m, /^    authorization:/m]) assert.match(options, option);
    writeFileSync(join(folder, 'prometheus.yml'), options);
    await run(program('promtool'), ['check', 'config', join(folder, 'prometheus.yml')]);
  } finally {
    rmSync(folder, {recursive: true});
  }
});

test('promtool accepts the rules', async () => {
  await run(program('promtool'), [
    'check',
    'rules',
    '--lint=all',
    '--lint-fatal',
    ...ruleFiles.map(file => path('docs/prometheus', file)),
  ]);
});

test('rules do what their tests say', {concurrency: true}, async t => {
  program('promtool');
  await Promise.all(
    testFiles.map(file =>
      t.test(file, async () => {
        await run(program('promtool'), ['test', 'rules', path('tests/observe/rules', file)]);
      }),
    ),
  );
});

test('each alert has a test in which it fires and one in which it stays silent', () => {
  const words = testFiles.map(file => text('tests/observe/rules', file)).join('\n');
  const checks = [...words.matchAll(/alertname: (\w+)(?:,|\n) *exp_alerts:( \[\])?/g)];
  const problems = [];
  for (const name of alerts().keys()) {
    const own = checks.filter(check => check[1] === name);
    if (!own.some(check => !check[2])) problems.push(`${name} fires in no test`);
    // The check just before it fires is one; a near miss is another.
    if (own.filter(check => check[2]).length < 2) problems.push(`${name} stays silent in no test`);
  }
  for (const [, name] of checks) if (!alerts().has(name)) problems.push(`${name} is tested and does not exist`);
  none(problems);
});

test('each recording rule has a test', () => {
  const words = text('tests/observe/rules/recording_test.yml');
  const tested = new Set([...words.matchAll(/expr: .*/g)].flatMap(match => recordedIn(match[0])));
  none([...records()].filter(name => !tested.has(name)));
});

test('each alert has a severity, a time, words, and a section of the runbook; and no section is for none', () => {
  const headings = [...text('docs/runbook.md').matchAll(/^## (Rolecall\w+)$/gm)].map(match => match[1]);
  const problems = [];
  for (const [name, rule] of alerts()) {
    if (!/labels: \{severity: (page|ticket)\}/.test(rule)) problems.push(`${name} has no severity`);
    if (!/\n +for: \d+[mh]\n/.test(rule)) problems.push(`${name} has no \`for\``);
    for (const annotation of ['summary', 'description'])
      if (!new RegExp(`\n +${annotation}: \\S`).test(rule)) problems.push(`${name} has no ${annotation}`);
    if (!rule.includes(`runbook_url: docs/runbook.md#${name.toLowerCase()}`))
      problems.push(`${name} has no runbook_url of its own`);
    if (!headings.includes(name)) problems.push(`${name} has no section in docs/runbook.md`);
  }
  for (const name of headings)
    if (!alerts().has(name)) problems.push(`docs/runbook.md has a section for ${name}, which is no alert`);
  none(problems);
});

test('every metric that rules, dashboards and pages name is in the catalogue, and every recorded series is recorded', () => {
  const metrics = catalogue();
  const recorded = records();
  const problems = [];
  for (const {where, words} of sources()) {
    for (const name of new Set(seriesIn(words)))
      if (!metrics.has(metricOf(name, metrics)))
        problems.push(`${where} names ${name}, which docs/metrics.md does not`);
    for (const name of new Set(recordedIn(words)))
      if (!recorded.has(name)) problems.push(`${where} names ${name}, which no rule records`);
  }
  none(problems);
});

test('every metric of the catalogue is on a dashboard', () => {
  const metrics = catalogue();
  const shown = new Set(
    dashboards().flatMap(one =>
      seriesIn(JSON.stringify(one).replaceAll('\\"', '"')).map(name => metricOf(name, metrics)),
    ),
  );
  none([...metrics.keys()].filter(name => !shown.has(name)));
});

test('sums keep their roles: every aggregation says by what, and by labels that the metric has', () => {
  const metrics = catalogue();
  const problems = [];
  const all = [
    ...dashboards().flatMap(expressions),
    ...ruleFiles.map(file => ({
      where: file,
      expr: text('docs/prometheus', file).replace(/^ *(#|summary:|description:|  +[A-Z]).*$/gm, ''),
    })),
  ];
  // Labels that Prometheus, a histogram or docs/prometheus add.
  const common = ['host', 'le'];
  for (const {where, expr} of all) {
    for (const [found] of expr.matchAll(/\b(sum|avg|min|max|count|topk|quantile)\s*(?:without)?\s*\(/g))
      problems.push(`${where}: '${found}' without 'by'`);
    for (const [, list, name] of expr.matchAll(
      /\b(?:sum|avg|min|max|count) by \(([\w, ]*)\) \((?:\w+\()?(rolecall_\w+)/g,
    )) {
      const known = metrics.get(metricOf(name, metrics))?.labels ?? [];
      for (const label of list.split(', '))
        if (!common.includes(label) && !known.includes(label)) problems.push(`${where}: ${name} has no label ${label}`);
    }
  }
  none(problems);
});

test('dashboards are what their source makes', async () => {
  await run(process.execPath, [path('docs/grafana/source/write.mjs'), '--check'], {cwd: root});
});

test('dashboards are of a form that current versions of Grafana show', () => {
  const types = ['row', 'timeseries', 'stat', 'bargauge', 'heatmap', 'state-timeline', 'table'];
  const problems = [];
  const uids = dashboards().map(one => one.uid);
  assert.equal(new Set(uids).size, uids.length, 'each uid is there once');
  for (const dashboard of dashboards()) {
    const complain = words => problems.push(`${dashboard.file}: ${words}`);
    if (dashboard.file !== `${dashboard.uid}.json`) complain('is not named for its uid');
    if (dashboard.schemaVersion < 39) complain('is of an old schema');
    const variables = dashboard.templating.list.map(variable => variable.name);
    for (const name of ['datasource', 'host']) if (!variables.includes(name)) complain(`has no variable ${name}`);
    const ids = dashboard.panels.map(panel => panel.id);
    if (new Set(ids).size !== ids.length) complain('has an id twice');
    const taken = new Set();
    for (const panel of dashboard.panels) {
      const complainOf = words => complain(`panel '${panel.title}' ${words}`);
      if (!types.includes(panel.type)) complainOf(`is of type ${panel.type}`);
      const {x, y, w, h} = panel.gridPos;
      if (x + w > 24) complainOf('is too wide');
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          const cell = `${column},${line}`;
          if (taken.has(cell)) {
            complainOf('lies over another');
            break;
          }
          taken.add(cell);
        }
      if (panel.type === 'row') continue;
      if (!(panel.description?.length > 20)) complainOf('does not say what it shows');
      if (panel.datasource.uid !== '${datasource}') complainOf('has a data source of its own');
      if (!panel.targets.length) complainOf('asks nothing');
      if (panel.type === 'timeseries' && !panel.fieldConfig.defaults.unit) complainOf('has no unit');
      for (const target of panel.targets) {
        if (target.datasource.uid !== '${datasource}') complainOf(`query ${target.refId} has a data source of its own`);
        if (['timeseries', 'state-timeline', 'bargauge'].includes(panel.type) && !target.legendFormat)
          complainOf(`query ${target.refId} has no legend`);
        for (const [, name] of target.expr.matchAll(/\$(\w+)/g))
          if (!variables.includes(name) && !name.startsWith('__')) complainOf(`uses $${name}, which is no variable`);
      }
    }
  }
  none(problems);
});

test('dashboards that link to each other find each other', () => {
  const uids = new Set(dashboards().map(one => one.uid));
  const links = dashboards().flatMap(one =>
    [...JSON.stringify(one).matchAll(/"\/d\/([\w-]+)/g)].map(match => match[1]),
  );
  assert.ok(links.length > 0);
  none(links.filter(uid => !uids.has(uid)));
});
