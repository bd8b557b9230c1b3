// SLO: what was promised, and how much of it is left. Reads the recorded series of docs/prometheus/rolecall.slo.yml.
import {dashboard, row, variables} from './dashboard.mjs';
import {
  bars,
  blue,
  green,
  instant,
  limitLine,
  lines,
  number,
  orange,
  query,
  red,
  steps,
  table,
  timeline,
  yellow,
} from './panels.mjs';

const role = 'host="$host",role=~"$role"';
const budgetLeft = steps(red, [0, orange], [0.25, yellow], [0.5, green]);
const burns = (slo, windows) =>
  windows.map(window => query(`role:rolecall_${slo}_burn:rate${window}{${role}}`, `{{role}} ${window}`));
const objective = slo => `slo:rolecall_objective:ratio{slo="${slo}"}`;
const kept = slo => `1 - role:rolecall_${slo}_burn:rate30d{${role}} * on () group_left () (1 - ${objective(slo)})`;
const left = slo => `1 - role:rolecall_${slo}_burn:rate30d{${role}}`;

const section = (slo, title, promise, runbook) =>
  row(
    title,
    number('Objective', promise, [instant(objective(slo))], {
      width: 4,
      height: 4,
      unit: 'percentunit',
      decimals: 1,
      thresholds: steps(blue),
    }),
    bars('Kept over 30 days', 'The share that kept the promise.', [instant(kept(slo), '{{role}}')], {
      width: 10,
      min: 0.9,
      thresholds: steps(red, [0.95, orange], [0.99, yellow], [0.995, green]),
    }),
    bars(
      'Error budget left',
      'What is left of the failures that the objective allows in 30 days. Below nothing: no experiments.',
      [instant(left(slo), '{{role}}')],
      {width: 10, thresholds: budgetLeft},
    ),
    lines(
      'Burn, one hour and five minutes',
      `How many times faster than allowed the budget is spent. Both above 14.4: ${runbook}Fast pages.`,
      burns(slo, ['5m', '1h']),
      {width: 8, thresholds: steps(green, [14.4, red])},
    ),
    lines('Burn, six hours and half an hour', `Both above 6: ${runbook}Fast pages.`, burns(slo, ['30m', '6h']), {
      width: 8,
      thresholds: steps(green, [6, red]),
    }),
    lines('Burn, three days and 30 days', `Above 1 for three days: ${runbook}Slow.`, burns(slo, ['3d', '30d']), {
      width: 8,
      thresholds: steps(green, [1, orange]),
    }),
    lines(
      'Error budget left',
      'The same over time: a slope of one in 30 days is what the objective allows.',
      [query(left(slo), '{{role}}')],
      {width: 24, unit: 'percentunit', min: -1, max: 1, thresholds: budgetLeft},
    ),
  );

export default dashboard({
  uid: 'rolecall-slo',
  title: 'Rolecall / SLO',
  description: 'Objectives, error budgets and how fast they are spent.',
  list: [variables.datasource, variables.host, variables.roles],
  from: 'now-7d',
  refresh: '1m',
  rows: [
    row(
      'Now',
      table(
        'Roles',
        'Each role’s promises. Roles without requests in 30 days are not there; latency is promised for HOT roles.',
        'role',
        [
          ['requests', `sum by (role) (increase(rolecall_requests_total{${role}}[30d]))`, {decimals: 0}],
          [
            'failed',
            `sum by (role) (increase(rolecall_requests_total{${role},status=~"429|5.."}[30d]))`,
            {decimals: 0},
          ],
          ['available', `sum by (role) (${kept('availability')})`, {unit: 'percentunit', decimals: 2}],
          [
            'budget left',
            `sum by (role) (${left('availability')})`,
            {unit: 'percentunit', decimals: 0, 'custom.cellOptions': {type: 'color-text'}, thresholds: budgetLeft},
          ],
          ['in time', `sum by (role) (${kept('latency')})`, {unit: 'percentunit', decimals: 1}],
          [
            'latency budget left',
            `sum by (role) (${left('latency')})`,
            {unit: 'percentunit', decimals: 0, 'custom.cellOptions': {type: 'color-text'}, thresholds: budgetLeft},
          ],
        ],
        {height: 9, width: 16},
      ),
      timeline(
        'Alerts',
        'Alerts of this host that fired or are about to.',
        [
          query(
            'max by (alertname, role, severity) (ALERTS{host="$host",alertname=~"Rolecall.+",alertstate="firing"}) * 2 ' +
              'or max by (alertname, role, severity) (ALERTS{host="$host",alertname=~"Rolecall.+",alertstate="pending"})',
            '{{alertname}} {{role}} ({{severity}})',
          ),
        ],
        {width: 8, height: 9, mappings: {1: ['pending', yellow], 2: ['firing', red]}},
      ),
    ),
    section(
      'availability',
      'Availability',
      'Requests that do not fail (429 and 5xx do). Set in rolecall.slo.yml.',
      'RolecallAvailabilityBurns',
    ),
    section(
      'latency',
      'Latency',
      'Streams of HOT roles whose first token is there within 30 s. Set in rolecall.slo.yml.',
      'RolecallLatencyBurns',
    ),
    row(
      'Traffic',
      lines(
        'Failed',
        'Share of requests that fail.',
        [query(`role:rolecall_requests_failed:ratio_rate5m{${role}}`, '{{role}}')],
        {unit: 'percentunit', max: 1},
      ),
      lines(
        'Requests',
        'Requests answered per second.',
        [query(`role:rolecall_requests:rate5m{${role}}`, '{{role}}')],
        {unit: 'reqps', stacked: true},
      ),
    ),
  ],
});
