// Where things are, and what the observed files hold: alerts, recorded series, expressions of dashboards, the catalogue.
import {execFile, execFileSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const path = (...parts) => join(root, ...parts);
export const text = (...parts) => readFileSync(path(...parts), 'utf8');

/** Starts a program and waits for its end; rejects with its output when it fails. */
export const run = promisify(execFile);

// Prometheus' programs: provisioned on first use, which takes a moment when they are there.
let programs;
export function program(name) {
  programs ??= execFileSync(path('third_party/prometheus/provision'), {encoding: 'utf8'});
  return path('third_party/prometheus/prefix/bin', name);
}

export const ruleFiles = ['rolecall.rules.yml', 'rolecall.alerts.yml', 'rolecall.slo.yml'];

/** Each alert's lines in the rule files, by its name. */
export function alerts() {
  const found = new Map();
  for (const file of ruleFiles)
    for (const rule of text('docs/prometheus', file).split(/\n(?= +- (?:alert|record|name): )/)) {
      const name = rule.match(/^ +- alert: (\w+)/)?.[1];
      if (name) found.set(name, rule);
    }
  return found;
}

/** Names of the recorded series. */
export const records = () =>
  new Set(
    ruleFiles.flatMap(file => [...text('docs/prometheus', file).matchAll(/- record: (\S+)/g)].map(match => match[1])),
  );

/** Labels and type of each metric, as docs/metrics.md lists them. */
export function catalogue() {
  const found = new Map();
  for (const [, name, type, labels] of text('docs/metrics.md').matchAll(
    /^\| `(rolecall_\w+)` \| (\w+) \| ([^|]*) \|/gm,
  ))
    found.set(name, {
      type,
      labels: labels
        .split(',')
        .map(label => label.trim())
        .filter(Boolean),
    });
  return found;
}

/** The metric that a series' name belongs to: a histogram's has three. */
export function metricOf(series, metrics) {
  const base = series.replace(/_(bucket|sum|count)$/, '');
  return base !== series && metrics.get(base)?.type === 'histogram' ? base : series;
}

const folder = 'docs/grafana/dashboards';
export const dashboards = () =>
  readdirSync(path(folder))
    .filter(name => name.endsWith('.json'))
    .map(name => ({file: name, ...JSON.parse(text(folder, name))}));

/** Every expression of a dashboard with the place where it stands. */
export function expressions(dashboard) {
  const of = dashboard.title;
  return [
    ...dashboard.panels.flatMap(panel =>
      (panel.targets ?? []).map(target => ({
        where: `${of}, panel '${panel.title}', query ${target.refId}`,
        expr: target.expr,
      })),
    ),
    ...dashboard.annotations.list
      .filter(one => one.expr)
      .map(one => ({where: `${of}, annotation '${one.name}'`, expr: one.expr})),
  ];
}
