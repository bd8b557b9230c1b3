// Host: memory, NUMA, pressure, CPUs, disks, and rolecalld itself.
import {dashboard, row, variables} from './dashboard.mjs';
import {
  bars,
  green,
  heatmap,
  instant,
  limitLine,
  lines,
  number,
  orange,
  query,
  red,
  rightAxis,
  steps,
  yellow,
} from './panels.mjs';

const host = 'host="$host"';

export default dashboard({
  uid: 'rolecall-host',
  title: 'Rolecall / Host',
  description: 'The machine under the fleet, and the daemon.',
  list: [variables.datasource, variables.host],
  rows: [
    row(
      'Now',
      number(
        'Memory available',
        'What is left, without the fleet’s mapped weights, which would have to be read again.',
        [instant(`rolecall_host_memory_available_bytes{${host}}`)],
        {unit: 'bytes', decimals: 1},
      ),
      number(
        'Below the floor',
        'Bytes by which that lies below host.memory.floor. Above 0 nothing is loaded. Runbook: RolecallMemoryShort.',
        [instant(`rolecall_host_memory_missing_bytes{${host}}`)],
        {unit: 'bytes', thresholds: steps(green, [1, red])},
      ),
      number(
        'Stalled for memory',
        'Share of the time in which every task waited for memory. Runbook: RolecallMemoryStalled.',
        [
          query(
            `sum by (resource) (rate(rolecall_host_stalled_seconds_total{${host},resource="memory",scope="full"}[$__rate_interval]))`,
          ),
        ],
        {unit: 'percentunit', decimals: 1, thresholds: steps(green, [0.02, yellow], [0.1, red])},
      ),
      number(
        'CPU busy',
        'Share of all CPUs that work.',
        [
          query(`1 - sum by (host) (rate(rolecall_host_cpu_seconds_total{${host},mode=~"idle|iowait"}[$__rate_interval]))
  / sum by (host) (rate(rolecall_host_cpu_seconds_total{${host}}[$__rate_interval]))`),
        ],
        {unit: 'percentunit', decimals: 0, spark: true},
      ),
      number(
        'Least free disk',
        'Of the state and log directories. Runbook: RolecallDiskLow.',
        [instant(`min by (host) (rolecall_disk_free_bytes{${host}})`)],
        {unit: 'bytes', thresholds: steps(red, [2 ** 30, yellow], [2 ** 32, green])},
      ),
      number(
        'rolecalld up',
        'Since the daemon started.',
        [instant(`time() - rolecall_start_timestamp_seconds{${host}}`)],
        {unit: 's', decimals: 0},
      ),
    ),
    row(
      'Memory',
      lines(
        'Memory of the host',
        'All of it, what is left, the page cache (mapped weights live there), and the fleet’s budget.',
        [
          query(`rolecall_host_memory_available_bytes{${host}}`, 'available'),
          query(`rolecall_host_page_cache_bytes{${host}}`, 'page cache'),
          query(`rolecall_memory_reserved_bytes{${host}}`, 'reserved by the fleet'),
          query(`rolecall_memory_budget_bytes{${host}}`, 'budget'),
          query(`rolecall_host_memory_bytes{${host}}`, 'total'),
        ],
        {unit: 'bytes', overrides: [limitLine('budget', orange), limitLine('total')]},
      ),
      lines(
        'Missing',
        'Bytes by which what is left lies below host.memory.floor: idle WARM roles leave until it is 0.',
        [query(`rolecall_host_memory_missing_bytes{${host}}`, 'missing')],
        {unit: 'bytes'},
      ),
      lines(
        'Memory by process',
        'What every process has (PSS).',
        [query(`sum by (instance) (rolecall_instance_memory_bytes{${host},kind="pss"})`, '{{instance}}')],
        {unit: 'bytes', stacked: true},
      ),
      lines(
        'Swapped out',
        'Memory of the fleet that was swapped out. Anything here is slow.',
        [query(`sum by (instance) (rolecall_instance_memory_bytes{${host},kind="swapped"})`, '{{instance}}')],
        {unit: 'bytes', stacked: true},
      ),
    ),
    row(
      'NUMA',
      bars(
        'Nodes in use',
        'Share of each node’s memory that is in use.',
        [
          instant(
            `1 - sum by (node) (rolecall_host_node_memory_free_bytes{${host}}) / sum by (node) (rolecall_host_node_memory_bytes{${host}})`,
            'node {{node}}',
          ),
        ],
        {width: 6, thresholds: steps(green, [0.9, yellow], [0.98, red])},
      ),
      lines(
        'Free by node',
        'A node that is full while others have room: a role’s policy binds it (numa.policy).',
        [query(`sum by (node) (rolecall_host_node_memory_free_bytes{${host}})`, 'node {{node}}')],
        {width: 9, unit: 'bytes'},
      ),
      lines(
        'Placement of the fleet',
        'Memory of each role by node.',
        [query(`sum by (role, node) (rolecall_instance_node_bytes{${host}})`, '{{role}} on node {{node}}')],
        {width: 9, unit: 'bytes', stacked: true},
      ),
    ),
    row(
      'Pressure and CPU',
      lines(
        'Pressure',
        'Share of the time in which some or all tasks waited for a resource (PSI). CPU: more threads than cores. ' +
          'Memory: see the runbook. IO while nothing loads: weights are read again.',
        [
          query(
            `sum by (resource, scope) (rate(rolecall_host_stalled_seconds_total{${host}}[$__rate_interval]))`,
            '{{resource}} {{scope}}',
          ),
        ],
        {width: 8, unit: 'percentunit'},
      ),
      lines(
        'CPU',
        'Cores in use, by mode.',
        [
          query(
            `sum by (mode) (rate(rolecall_host_cpu_seconds_total{${host},mode!="idle"}[$__rate_interval]))`,
            '{{mode}}',
          ),
        ],
        {width: 8, stacked: true},
      ),
      lines(
        'Load',
        'Tasks that run or wait, over 1, 5 and 15 minutes.',
        [query(`sum by (minutes) (rolecall_host_load{${host}})`, '{{minutes}} min')],
        {width: 8},
      ),
      lines(
        'CPU by role',
        'Cores that each role’s processes use.',
        [query(`sum by (role) (rate(rolecall_instance_cpu_seconds_total{${host}}[$__rate_interval]))`, '{{role}}')],
        {width: 8, stacked: true},
      ),
      lines(
        'Major faults by role',
        'Pages read from the disk per second: loads, or weights that were pushed out.',
        [query(`sum by (role) (rate(rolecall_instance_major_faults_total{${host}}[$__rate_interval]))`, '{{role}}')],
        {width: 8, unit: 'ops', stacked: true},
      ),
      lines(
        'Free disk',
        'Of the state and log directories. Below 64 MiB logs are emptied.',
        [query(`sum by (directory) (rolecall_disk_free_bytes{${host}})`, '{{directory}}')],
        {width: 8, unit: 'bytes'},
      ),
      lines(
        'Disk in use',
        'Share of those disks that is in use.',
        [
          query(
            `1 - sum by (directory) (rolecall_disk_free_bytes{${host}}) / sum by (directory) (rolecall_disk_bytes{${host}})`,
            '{{directory}}',
          ),
        ],
        {width: 8, unit: 'percentunit', max: 1},
      ),
      lines(
        'Writes dropped',
        'What a full or broken disk refused, so far, by kind of file. Runbook: RolecallWritesDropped.',
        [
          query(`sum by (file) (rolecall_dropped_writes_total{${host}})`, '{{file}}'),
          query(`sum by (host) (rolecall_access_log_dropped_total{${host}})`, 'access log lines'),
        ],
        {width: 8, decimals: 0},
      ),
    ),
    row(
      'rolecalld',
      heatmap(
        'Loop lag',
        'How late the loops ran what was due. All in the first rows: fine.',
        `sum by (le) (rate(rolecall_loop_lag_seconds_bucket{${host}}[$__rate_interval]))`,
        {cells: 'ops'},
      ),
      lines(
        'Loop lag, p99',
        'The slowest hundredth, by thread.',
        [
          query(
            `histogram_quantile(0.99, sum by (thread, le) (rate(rolecall_loop_lag_seconds_bucket{${host}}[$__rate_interval])))`,
            '{{thread}}',
          ),
        ],
        {unit: 's', height: 9},
      ),
      lines(
        'Heartbeats',
        'Since each thread’s loop last ran. More than a few seconds: it stands still. Runbook: RolecallLoopStalled.',
        [query(`max by (thread) (rolecall_heartbeat_age_seconds{${host}})`, '{{thread}}')],
        {width: 8, unit: 's'},
      ),
      lines(
        'CPU and memory of rolecalld',
        'Cores, and resident memory.',
        [
          query(`sum by (mode) (rate(rolecall_cpu_seconds_total{${host}}[$__rate_interval]))`, 'CPU {{mode}}'),
          query(`rolecall_resident_memory_bytes{${host}}`, 'resident'),
        ],
        {width: 8, overrides: [rightAxis('resident', 'bytes')]},
      ),
      lines(
        'Descriptors',
        'Open file descriptors and their limit. Runbook: RolecallDescriptorsLow.',
        [query(`rolecall_open_descriptors{${host}}`, 'open'), query(`rolecall_descriptor_limit{${host}}`, 'limit')],
        {width: 8, overrides: [limitLine('limit')]},
      ),
      lines(
        'Scrapes',
        'How long Prometheus took to read /metrics, and the number of samples.',
        [
          query(`scrape_duration_seconds{job="rolecall",${host}}`, 'duration'),
          query(`scrape_samples_scraped{job="rolecall",${host}}`, 'samples'),
        ],
        {width: 8, unit: 's', overrides: [rightAxis('samples', 'short')]},
      ),
      lines(
        'Registry',
        'Which registry the fleet runs by, and reloads by outcome. Runbook: RolecallReloadRefused.',
        [
          query(`rolecall_registry_generation{${host}}`, 'generation'),
          query(`sum by (outcome) (rolecall_registry_reloads_total{${host}})`, '{{outcome}}'),
        ],
        {width: 8, decimals: 0, stepped: true},
      ),
      lines(
        'Requests by key',
        'Requests answered per second, by the key that was shown. Without host.api_keys there is nothing here.',
        [
          query(`sum by (key) (rate(rolecall_key_requests_total{${host}}[$__rate_interval]))`, '{{key}}'),
          query(
            `sum by (key) (rate(rolecall_key_requests_total{${host},status=~"[45].."}[$__rate_interval]))`,
            '{{key}} refused',
          ),
        ],
        {width: 8, unit: 'reqps'},
      ),
      number(
        'Version',
        'Of rolecalld and of its llama-server.',
        [
          instant(
            `sum by (version, engine) (rolecall_build_info{${host}})`,
            'rolecalld {{version}}, engine {{engine}}',
          ),
        ],
        {width: 8, height: 8, named: true},
      ),
    ),
  ],
});
