// Role: why one role is slow. From top to bottom the way of a request: queue, first byte, tokens, memory, process.
import {annotation, dashboard, row, variables} from './dashboard.mjs';
import {
  blue,
  events,
  green,
  grey,
  heatmap,
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
  timeline,
  yellow,
} from './panels.mjs';

const role = 'host="$host",role="$role"';
const instance = `${role},instance=~"$instance"`;
const rate = (metric, by, selector = role) => `sum by (${by}) (rate(${metric}{${selector}}[$__rate_interval]))`;
const percentile = (share, metric) =>
  query(
    `histogram_quantile(${share}, sum by (le) (rate(${metric}_bucket{${role}}[$__rate_interval])))`,
    `p${share * 100}`,
  );
const percentiles = metric => [0.5, 0.95, 0.99].map(share => percentile(share, metric));
const buckets = metric => `sum by (le) (rate(${metric}_bucket{${role}}[$__rate_interval]))`;

export default dashboard({
  uid: 'rolecall-role',
  title: 'Rolecall / Role',
  description: 'One role: queue, latency, speed against what is expected, memory, processes.',
  list: [variables.datasource, variables.host, variables.role, variables.instances],
  annotations: [
    annotation('Loads', 'green', `rolecall_instance_ready_timestamp_seconds{${role}} * 1000`, '{{instance}}', 'ready', {
      useValueForTime: true,
    }),
    annotation(
      'Evictions',
      'orange',
      events('role, reason', `rolecall_evictions_total{${role}}`),
      '{{role}}',
      'left: {{reason}}',
    ),
    annotation(
      'Restarts',
      'red',
      events('role, instance, reason', `rolecall_instance_restarts_total{${role}}`),
      '{{instance}}',
      'restarted: {{reason}}',
    ),
  ],
  rows: [
    row(
      'Now',
      number(
        'Instances ready',
        'Processes of this role that answer. A role that shares another’s has none of its own.',
        [instant(`sum by (role) (rolecall_instance_state{${role},state="ready"})`)],
        {width: 3, thresholds: steps(red, [1, green])},
      ),
      number(
        'Speed',
        'Tokens per second of generating, over the last minute in which it worked.',
        [query(`max by (role) (rolecall_role_tokens_per_second{${role}})`)],
        {width: 3, unit: 'suffix: t/s', decimals: 1, spark: true},
      ),
      number(
        'Of expected',
        'Speed over the registry’s expected_speed. Runbook: RolecallThroughputLow.',
        [query(`max by (role) (rolecall_role_speed_ratio{${role}})`)],
        {width: 3, unit: 'percentunit', decimals: 0, thresholds: steps(red, [0.7, yellow], [0.9, green])},
      ),
      number(
        'Drafts accepted',
        'Share of drafted tokens that the model agreed with. Runbook: RolecallAcceptanceCollapsed.',
        [query(`max by (role) (rolecall_role_draft_acceptance_ratio{${role}})`)],
        {width: 3, unit: 'percentunit', decimals: 0, thresholds: steps(red, [0.1, yellow], [0.3, green])},
      ),
      number(
        'In flight',
        'Requests being served for this role’s name.',
        [instant(`sum by (role) (rolecall_requests_in_flight{${role}})`)],
        {width: 3},
      ),
      number(
        'Waiting',
        'Requests waiting for its load or a slot.',
        [instant(`sum by (role) (rolecall_waiters{${role}})`)],
        {width: 3, thresholds: steps(green, [1, yellow], [10, orange])},
      ),
      number(
        'Load',
        'How far its load has come, while it loads.',
        [instant(`min by (role) (rolecall_instance_load_ratio{${instance}})`)],
        {width: 3, unit: 'percentunit', decimals: 0, noValue: 'none'},
      ),
      number(
        'Ready since',
        'When its youngest instance became ready.',
        [instant(`max by (role) (rolecall_instance_ready_timestamp_seconds{${instance}}) * 1000`)],
        {width: 3, unit: 'dateTimeFromNow'},
      ),
      timeline('State', 'The state of each of its processes.', [query(stateNumber(instance), '{{instance}}')], {
        height: 5,
        mappings: states,
      }),
    ),
    row(
      'Latency',
      heatmap(
        'Request duration',
        'Requests by the time from their header to the last byte sent.',
        buckets('rolecall_request_duration_seconds'),
      ),
      heatmap(
        'First token',
        'Streamed answers by the time from the request’s arrival to their first token: what users feel, ' +
          'queue and load included.',
        buckets('rolecall_time_to_first_token_seconds'),
      ),
      lines(
        'First token',
        'From a streamed request’s arrival to its first token.',
        percentiles('rolecall_time_to_first_token_seconds'),
        {width: 8, unit: 's', thresholds: steps(green, [30, red])},
      ),
      lines(
        'First byte',
        'From forwarding a request to the first byte of its answer: prompt processing; of an answer that is not ' +
          'streamed, all of it. Runbook: RolecallFirstByteSlow.',
        percentiles('rolecall_time_to_first_byte_seconds'),
        {width: 8, unit: 's', thresholds: steps(green, [120, red])},
      ),
      lines(
        'Between tokens',
        'The gap between two pieces of a streamed answer. A long p99 with a short p50: another slot’s prompt is ' +
          'in the way.',
        percentiles('rolecall_inter_token_gap_seconds'),
        {width: 8, unit: 's'},
      ),
    ),
    row(
      'Speed',
      lines(
        'Tokens per second',
        'Tokens generated per second of generating, and what the registry counts on.',
        [
          query(`max by (role) (rolecall_role_tokens_per_second{${role}})`, 'measured'),
          query(`max by (role) (rolecall_role_expected_tokens_per_second{${role}})`, 'expected'),
        ],
        {width: 8, unit: 'suffix: t/s', overrides: [limitLine('expected', green)]},
      ),
      lines(
        'Speed over expected',
        'Below 0.7 for an hour: RolecallThroughputLow.',
        [query(`max by (role) (rolecall_role_speed_ratio{${role}})`, 'ratio')],
        {width: 8, unit: 'percentunit', thresholds: steps(red, [0.7, yellow], [0.9, green])},
      ),
      lines(
        'Drafts',
        'Drafted tokens per second, those accepted, and their share. Falling shares cost speed: the draft does not ' +
          'know this kind of text.',
        [
          query(rate('rolecall_engine_draft_tokens_total', 'role'), 'drafted'),
          query(rate('rolecall_engine_draft_tokens_accepted_total', 'role'), 'accepted'),
          query(`max by (role) (rolecall_role_draft_acceptance_ratio{${role}})`, 'share'),
        ],
        {width: 8, overrides: [rightAxis('share', 'percentunit')]},
      ),
      lines(
        'Tokens',
        'Tokens per second that callers sent and got, by their answers’ own figures.',
        [
          query(rate('rolecall_tokens_in_total', 'role'), 'in'),
          query(rate('rolecall_tokens_in_cached_total', 'role'), 'in, from the cache'),
          query(rate('rolecall_tokens_out_total', 'role'), 'out'),
        ],
        {width: 8},
      ),
      lines(
        'Engine: tokens per second of work',
        'How fast prompts are read and answers generated while the engine is at it.',
        [
          query(
            `${rate('rolecall_engine_prompt_tokens_total', 'instance', instance)}\n/ ${rate('rolecall_engine_prompt_seconds_total', 'instance', instance)}`,
            '{{instance}} prompt',
          ),
          query(
            `${rate('rolecall_engine_predicted_tokens_total', 'instance', instance)}\n/ ${rate('rolecall_engine_predicted_seconds_total', 'instance', instance)}`,
            '{{instance}} generated',
          ),
        ],
        {width: 8},
      ),
      lines(
        'Engine: at work',
        'Slots busy, requests that the engine itself defers, and decode calls per second.',
        [
          query(`sum by (instance) (rolecall_engine_requests_processing{${instance}})`, '{{instance}} slots busy'),
          query(`sum by (instance) (rolecall_engine_requests_deferred{${instance}})`, '{{instance}} deferred'),
          query(rate('rolecall_engine_decodes_total', 'instance', instance), '{{instance}} decodes'),
        ],
        {width: 8, overrides: [rightAxis('.* decodes', 'ops')]},
      ),
      lines(
        'Prompt tokens from the cache',
        'Share of prompt tokens that the engine found in a slot’s cache. Low for long ' +
          'conversations: they change slots (see routing: affinity).',
        [
          query(
            `${rate('rolecall_engine_prompt_cached_tokens_total', 'role')}\n/ (${rate('rolecall_engine_prompt_cached_tokens_total', 'role')} + ${rate('rolecall_engine_prompt_tokens_total', 'role')})`,
            'share',
          ),
        ],
        {width: 8, unit: 'percentunit', max: 1},
      ),
      lines(
        'Age of the engine’s figures',
        'Since the engine last told its metrics. Old: it is too busy to answer, or hangs. ' +
          'Runbook: RolecallEngineSamplesStale.',
        [
          query(`max by (instance) (rolecall_engine_sample_age_seconds{${instance}})`, '{{instance}}'),
          query(
            rate('rolecall_engine_sample_failures_total', 'instance', instance),
            '{{instance}} failures per second',
          ),
        ],
        {width: 8, unit: 's', overrides: [rightAxis('.* failures per second', 'ops')]},
      ),
    ),
    row(
      'Queue and requests',
      lines(
        'Waiting',
        'Requests that wait, by priority, and the slots they wait for. Runbook: RolecallQueueLong.',
        [
          query(`sum by (priority) (rolecall_waiters{${role}})`, '{{priority}}'),
          query(`sum by (role) (rolecall_instance_slots_taken{${role}})`, 'slots taken'),
          query(`sum by (role) (rolecall_instance_slots{${role}})`, 'slots'),
        ],
        {width: 8, stepped: true, overrides: [limitLine('slots')]},
      ),
      lines('Wait', 'How long those who had to wait did, loads included.', percentiles('rolecall_queue_wait_seconds'), {
        width: 8,
        unit: 's',
      }),
      lines(
        'Requests and leases',
        'Requests in flight for this name, and leases on each process, of every role that shares it.',
        [
          query(`sum by (role) (rolecall_requests_in_flight{${role}})`, 'in flight'),
          query(`sum by (instance) (rolecall_instance_leases{${instance}})`, 'leases {{instance}}'),
        ],
        {width: 8, stepped: true},
      ),
      lines(
        'Answers by status',
        'Requests answered per second.',
        [query(rate('rolecall_requests_total', 'status'), '{{status}}')],
        {width: 8, unit: 'reqps', stacked: true},
      ),
      lines(
        'Answers by route',
        'Requests answered per second.',
        [query(rate('rolecall_requests_total', 'route'), '{{route}}')],
        {width: 8, unit: 'reqps', stacked: true},
      ),
      lines(
        'Gone, retried, bytes',
        'Clients that went away, requests sent twice, and bytes to and from clients.',
        [
          query(rate('rolecall_client_disconnects_total', 'role'), 'gone'),
          query(rate('rolecall_upstream_retries_total', 'role'), 'retried'),
          query(rate('rolecall_sent_bytes_total', 'role'), 'sent'),
          query(rate('rolecall_received_bytes_total', 'role'), 'received'),
        ],
        {width: 8, unit: 'reqps', overrides: [rightAxis('sent|received', 'Bps')]},
      ),
    ),
    row(
      'Memory',
      lines(
        'Reserved, estimated, learned, measured',
        'What is held now, what the headers of the files say, what was learned from ' +
          'processes at work, and what the processes have (PSS: shared pages by their share). Measured above reserved: see ' +
          'rolectl memory ROLE.',
        [
          query(`sum by (instance) (rolecall_instance_reserved_bytes{${instance}})`, '{{instance}} reserved'),
          query(`sum by (instance) (rolecall_instance_footprint_bytes{${instance}})`, '{{instance}} a load reserves'),
          query(`sum by (instance) (rolecall_instance_estimated_bytes{${instance}})`, '{{instance}} estimated'),
          query(`sum by (instance) (rolecall_instance_learned_bytes{${instance}})`, '{{instance}} learned'),
          query(`sum by (instance) (rolecall_instance_memory_bytes{${instance},kind="pss"})`, '{{instance}} measured'),
        ],
        {unit: 'bytes', overrides: [limitLine('.* reserved', orange)]},
      ),
      lines(
        'Measured, by kind',
        'Private memory (anon), mapped weights in memory (file), and what was swapped out, which is slow.',
        [query(`sum by (kind) (rolecall_instance_memory_bytes{${instance},kind!="pss"})`, '{{kind}}')],
        {unit: 'bytes', stacked: true},
      ),
      lines(
        'Placement',
        'Memory of its processes by NUMA node. Interleaved: all alike.',
        [query(`sum by (node) (rolecall_instance_node_bytes{${instance}})`, 'node {{node}}')],
        {width: 8, unit: 'bytes', stacked: true},
      ),
      lines(
        'Major faults',
        'Pages read from the disk per second. After the load they mean that weights were pushed out: every token waits.',
        [query(rate('rolecall_instance_major_faults_total', 'instance', instance), '{{instance}}')],
        {width: 8, unit: 'ops'},
      ),
      lines(
        'Estimates that were wrong',
        'Estimates that a measured peak showed to be wrong by more than a tenth, so far.',
        [query(`sum by (role) (rolecall_footprint_misestimates_total{${role}})`, 'misestimates')],
        {width: 8, decimals: 0, stepped: true},
      ),
    ),
    row(
      'Processes',
      lines(
        'CPU',
        'Cores in use. Fewer than its threads while it generates: memory bandwidth, or somebody else has the cores.',
        [
          query(rate('rolecall_instance_cpu_seconds_total', 'instance, mode', instance), '{{instance}} {{mode}}'),
          query(`sum by (instance) (rolecall_instance_threads{${instance}})`, '{{instance}} threads'),
        ],
        {width: 8, stacked: true, overrides: [limitLine('.* threads', grey)]},
      ),
      lines(
        'Loads',
        'Loads that ended well, failed ones by reason, and restarts after crashes.',
        [
          query(`sum by (instance) (rolecall_loads_total{${instance}})`, '{{instance}} loads'),
          query(
            `sum by (instance, reason) (rolecall_load_failures_total{${instance}})`,
            '{{instance}} failed: {{reason}}',
          ),
          query(
            `sum by (instance, reason) (rolecall_instance_restarts_total{${instance}})`,
            '{{instance}} restarted: {{reason}}',
          ),
          query(`max by (instance) (rolecall_instance_generation{${instance}})`, '{{instance}} generation'),
        ],
        {width: 8, decimals: 0, stepped: true},
      ),
      lines(
        'Load time by phase',
        'Seconds that its loads spent so far, by phase.',
        [query(`sum by (phase) (rolecall_load_phase_seconds_total{${instance}})`, '{{phase}}')],
        {width: 8, unit: 's', stacked: true, stepped: true},
      ),
    ),
  ],
});
