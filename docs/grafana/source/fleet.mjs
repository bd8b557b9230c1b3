// Fleet: who is up, what memory they hold, what callers get. The page to open first.
import {annotation, dashboard, row, variables} from './dashboard.mjs';
import {
  blue,
  events,
  green,
  grey,
  instant,
  limitLine,
  lines,
  number,
  orange,
  query,
  red,
  rightAxis,
  stateNumber,
  states,
  steps,
  table,
  timeline,
  yellow,
} from './panels.mjs';

const host = 'host="$host"';
const toRole = [
  {
    title: 'Role ${__value.text}',
    url: '/d/rolecall-role?var-datasource=${datasource}&var-host=${host}&var-role=${__value.text}&${__url_time_range}',
  },
];
const inCell = {'custom.cellOptions': {type: 'color-text'}};

export default dashboard({
  uid: 'rolecall-fleet',
  title: 'Rolecall / Fleet',
  description: 'Who is up, what memory they hold, what callers get.',
  list: [variables.datasource, variables.host],
  annotations: [
    annotation('Loads', 'green', `rolecall_instance_ready_timestamp_seconds{${host}} * 1000`, '{{instance}}', 'ready', {
      useValueForTime: true,
    }),
    annotation(
      'Evictions',
      'orange',
      events('role, reason', `rolecall_evictions_total{${host}}`),
      '{{role}}',
      'left: {{reason}}',
    ),
    annotation(
      'Restarts',
      'red',
      events('role, instance, reason', `rolecall_instance_restarts_total{${host}}`),
      '{{instance}}',
      'restarted: {{reason}}',
    ),
    annotation(
      'Registry',
      'blue',
      `changes(rolecall_registry_generation{${host}}[$__rate_interval]) > 0`,
      'registry',
      'reloaded',
      {tagKeys: ''},
    ),
  ],
  rows: [
    row(
      'Now',
      number(
        'Daemon',
        'Whether Prometheus reaches rolecalld. Runbook: RolecallDown.',
        [instant(`min by (host) (up{job="rolecall",${host}})`)],
        {width: 3, mappings: {0: ['down', red], 1: ['up', green]}, thresholds: steps(grey)},
      ),
      number(
        'HOT roles down',
        'HOT roles without a ready instance. Their callers wait. Runbook: RolecallHotRoleDown.',
        [
          instant(`sum by (host) (
  (sum by (host, role) (rolecall_instance_state{${host},state="ready"}) == bool 0)
  and on (host, role) rolecall_role_tier_info{${host},tier="hot"}
)`),
        ],
        {width: 3, thresholds: steps(green, [1, red])},
      ),
      number(
        'Instances ready',
        'llama-server processes that answer; WARM ones come and go.',
        [instant(`sum by (host) (rolecall_instance_state{${host},state="ready"})`)],
        {width: 3},
      ),
      number(
        'Requests',
        'Requests answered per second, all roles.',
        [query(`sum by (host) (rate(rolecall_requests_total{${host}}[$__rate_interval]))`)],
        {width: 3, unit: 'reqps', decimals: 2, spark: true},
      ),
      number(
        'Failed',
        'Share of requests answered 429 or 5xx. Below: which roles, and why.',
        [
          query(`(
  sum by (host) (rate(rolecall_requests_total{${host},status=~"429|5.."}[$__rate_interval]))
  or 0 * sum by (host) (rate(rolecall_requests_total{${host}}[$__rate_interval]))
) / sum by (host) (rate(rolecall_requests_total{${host}}[$__rate_interval]))`),
        ],
        {width: 3, unit: 'percentunit', decimals: 1, thresholds: steps(green, [0.005, yellow], [0.05, red])},
      ),
      number(
        'Waiting',
        'Requests waiting for a load or a slot.',
        [instant(`sum by (host) (rolecall_waiters{${host}})`)],
        {width: 3, thresholds: steps(green, [1, yellow], [20, orange])},
      ),
      number(
        'Budget reserved',
        'Share of the memory budget that is reserved. A full budget is normal: WARM roles make room.',
        [instant(`rolecall_memory_reserved_bytes{${host}} / rolecall_memory_budget_bytes{${host}}`)],
        {width: 3, unit: 'percentunit', decimals: 0},
      ),
      number(
        'Alerts',
        'Alerts that fire now. Needs the rules of docs/prometheus.',
        [
          instant(
            `sum by (host) (ALERTS{${host},alertname=~"Rolecall.+",alertstate="firing"}) or 0 * sum by (host) (up{job="rolecall",${host}})`,
          ),
        ],
        {width: 3, thresholds: steps(green, [1, red])},
      ),
    ),
    row(
      'Who is up',
      table(
        'Roles',
        'Every role now; the slow one has a low speed or a long queue. A click on a name opens the role.',
        'role',
        [
          [null, `max by (role, tier) (rolecall_role_tier_info{${host}})`],
          ['ready', `sum by (role) (rolecall_instance_state{${host},state="ready"})`],
          ['in flight', `sum by (role) (rolecall_requests_in_flight{${host}})`],
          [
            'waiting',
            `sum by (role) (rolecall_waiters{${host}})`,
            {...inCell, thresholds: steps(grey, [1, yellow], [10, orange])},
          ],
          [
            'requests',
            `sum by (role) (rate(rolecall_requests_total{${host},role!=""}[5m]))`,
            {unit: 'reqps', decimals: 2},
          ],
          [
            'failed',
            `sum by (role) (rate(rolecall_requests_total{${host},role!="",status=~"429|5.."}[5m]))`,
            {unit: 'reqps', decimals: 2, ...inCell, thresholds: steps(grey, [0.001, orange], [0.1, red])},
          ],
          [
            'first byte, p95',
            `histogram_quantile(0.95, sum by (role, le) (rate(rolecall_time_to_first_byte_seconds_bucket{${host},role!=""}[5m])))`,
            {unit: 's', decimals: 2},
          ],
          [
            'speed',
            `max by (role) (rolecall_role_tokens_per_second{${host}})`,
            {unit: 'suffix: tokens/s', decimals: 1},
          ],
          [
            'of expected',
            `max by (role) (rolecall_role_speed_ratio{${host}})`,
            {unit: 'percentunit', decimals: 0, ...inCell, thresholds: steps(red, [0.7, yellow], [0.9, green])},
          ],
          [
            'acceptance',
            `max by (role) (rolecall_role_draft_acceptance_ratio{${host}})`,
            {unit: 'percentunit', decimals: 0},
          ],
          ['reserved', `sum by (role) (rolecall_instance_reserved_bytes{${host}})`, {unit: 'bytes', decimals: 1}],
        ],
        {height: 11, keyTitle: 'role', keyLinks: toRole, sortBy: [{displayName: 'waiting', desc: true}]},
      ),
      timeline(
        'Instances',
        'The state of every process. Starting and stopping without end is a crash loop or thrashing.',
        [query(stateNumber(host), '{{instance}}')],
        {height: 12, mappings: states},
      ),
    ),
    row(
      'Memory',
      lines(
        'Reserved by role',
        'What each role holds of the budget, from the decision to start until its exit is confirmed. ' +
          'Files that several processes map count once, for the first of them.',
        [
          query(`sum by (role) (rolecall_instance_reserved_bytes{${host}}) > 0`, '{{role}}'),
          query(`rolecall_memory_budget_bytes{${host}}`, 'budget'),
        ],
        {unit: 'bytes', stacked: true, overrides: [limitLine('budget')]},
      ),
      lines(
        'Loads and evictions',
        'Loads that ended well (up), failed loads, and instances that left, by reason. Many ' +
          'evictions of few roles: the roles in use do not fit together. Runbook: RolecallThrashing.',
        [
          query(events('role', `rolecall_loads_total{${host}}`), 'load {{role}}'),
          query(events('role, reason', `rolecall_load_failures_total{${host}}`), 'failed load {{role}}: {{reason}}'),
          query(events('role, reason', `rolecall_evictions_total{${host}}`), 'left {{role}}: {{reason}}'),
        ],
        {bars: true, stacked: true, decimals: 0},
      ),
      lines(
        'Time spent loading, by phase',
        'Seconds of loading per second. Queued and evicting: waiting for others; page_in: ' +
          'the disk; engine: llama-server itself; warm_up: the first token.',
        [query(`sum by (phase) (rate(rolecall_load_phase_seconds_total{${host}}[$__rate_interval]))`, '{{phase}}')],
        {stacked: true, unit: 'short'},
      ),
      lines(
        'Load time',
        'How long loads took, by role: half of them, and the slowest twentieth.',
        [
          query(
            `histogram_quantile(0.5, sum by (role, le) (rate(rolecall_load_duration_seconds_bucket{${host}}[1h])))`,
            '{{role}} p50',
          ),
          query(
            `histogram_quantile(0.95, sum by (role, le) (rate(rolecall_load_duration_seconds_bucket{${host}}[1h])))`,
            '{{role}} p95',
          ),
        ],
        {unit: 's'},
      ),
    ),
    row(
      'Requests',
      lines(
        'Requests',
        'Requests answered per second.',
        [query(`sum by (role) (rate(rolecall_requests_total{${host},role!=""}[$__rate_interval]))`, '{{role}}')],
        {unit: 'reqps', stacked: true},
      ),
      lines(
        'Errors',
        'Requests answered 4xx or 5xx. 404 and 401 are the client’s doing; 429: the queue is full; 502: the engine ' +
          'died; 503: not now; 504: too slow; 507: never fits.',
        [
          query(
            `sum by (role, status) (rate(rolecall_requests_total{${host},status=~"[45].."}[$__rate_interval]))`,
            '{{role}} {{status}}',
          ),
        ],
        {unit: 'reqps', bars: true, stacked: true},
      ),
      lines(
        'In flight and waiting',
        'Requests being served, and those that wait for a load or a slot.',
        [
          query(`sum by (role) (rolecall_requests_in_flight{${host},role!=""})`, '{{role}}'),
          query(`sum by (role) (rolecall_waiters{${host}}) > 0`, '{{role}} waiting'),
        ],
        {stepped: true, overrides: [limitLine('.* waiting', orange)]},
      ),
      lines(
        'Tokens generated',
        'Tokens per second that callers got, by role.',
        [query(`sum by (role) (rate(rolecall_tokens_out_total{${host}}[$__rate_interval]))`, '{{role}}')],
        {unit: 'suffix: tokens/s', stacked: true},
      ),
      lines(
        'Clients that went away, retries',
        'Clients that left before the answer’s end (impatient, or the role is slow), and ' +
          'requests sent a second time because a kept connection had died.',
        [
          query(`sum by (role) (rate(rolecall_client_disconnects_total{${host}}[$__rate_interval]))`, '{{role}} gone'),
          query(`sum by (role) (rate(rolecall_upstream_retries_total{${host}}[$__rate_interval]))`, '{{role}} retried'),
        ],
        {unit: 'reqps'},
      ),
      lines(
        'Connections and bytes',
        'Open connections of clients, and bytes to and from them.',
        [
          query(`rolecall_client_connections{${host}}`, 'connections'),
          query(`sum by (host) (rate(rolecall_sent_bytes_total{${host}}[$__rate_interval]))`, 'sent'),
          query(`sum by (host) (rate(rolecall_received_bytes_total{${host}}[$__rate_interval]))`, 'received'),
        ],
        {overrides: [rightAxis('sent|received', 'Bps')]},
      ),
    ),
  ],
});
