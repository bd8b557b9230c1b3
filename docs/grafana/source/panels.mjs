// What the dashboards are made of. Every panel says what it shows and what to do about it; ids follow the place in the
// file (row × 100 + column), so that a change to one row leaves the others' links alone.

export const datasource = {type: 'prometheus', uid: '${datasource}'};

export const green = 'green',
  yellow = 'yellow',
  orange = 'orange',
  red = 'red',
  blue = 'blue',
  grey = 'text';

/** One query. `legend`: Grafana's form, {{label}}. */
export const query = (expr, legend = '', more = {}) => ({
  datasource,
  editorMode: 'code',
  expr,
  legendFormat: legend,
  range: true,
  instant: false,
  ...more,
});

/** A query of which only the present value counts. */
export const instant = (expr, legend = '', more = {}) => query(expr, legend, {range: false, instant: true, ...more});

/** Thresholds: a base colour, then [from, colour] … */
export const steps = (base, ...above) => ({
  mode: 'absolute',
  steps: [{color: base, value: null}, ...above.map(([value, color]) => ({color, value}))],
});

const refIds = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const numbered = queries => queries.map((one, i) => ({...one, refId: refIds[i]}));

const panel = (type, title, description, width, height, queries, defaults, options, more = {}) => ({
  type,
  title,
  description,
  datasource,
  gridPos: {w: width, h: height},
  targets: numbered(queries),
  fieldConfig: {defaults, overrides: more.overrides ?? []},
  options,
  ...(more.transformations && {transformations: more.transformations}),
  ...(more.maxDataPoints && {maxDataPoints: more.maxDataPoints}),
});

const ofNames = (names, properties) => ({matcher: {id: 'byRegexp', options: names}, properties});

/** A limit drawn over the measured: a dashed line that is neither filled nor stacked. */
export const limitLine = (names, color = red) =>
  ofNames(names, [
    {id: 'color', value: {mode: 'fixed', fixedColor: color}},
    {id: 'custom.lineStyle', value: {fill: 'dash', dash: [8, 6]}},
    {id: 'custom.lineWidth', value: 2},
    {id: 'custom.fillOpacity', value: 0},
    {id: 'custom.stacking', value: {mode: 'none', group: 'A'}},
  ]);

/** Series of their own unit, at the right axis. */
export const rightAxis = (names, unit) =>
  ofNames(names, [
    {id: 'unit', value: unit},
    {id: 'custom.axisPlacement', value: 'right'},
  ]);

/** Lines over time. `how`: width, height, unit, stacked, min, max, decimals, thresholds (drawn as lines), overrides. */
export function lines(title, description, queries, how = {}) {
  const stacked = how.stacked ?? false;
  const defaults = {
    unit: how.unit ?? 'short',
    min: how.min ?? 0,
    ...(how.max !== undefined && {max: how.max}),
    ...(how.decimals !== undefined && {decimals: how.decimals}),
    color: {mode: 'palette-classic'},
    thresholds: how.thresholds ?? steps(green),
    custom: {
      drawStyle: how.bars ? 'bars' : 'line',
      lineInterpolation: how.stepped ? 'stepAfter' : 'linear',
      lineWidth: 1,
      fillOpacity: how.bars ? 80 : stacked ? 30 : 8,
      showPoints: 'never',
      spanNulls: false,
      stacking: {mode: stacked ? 'normal' : 'none', group: 'A'},
      thresholdsStyle: {mode: how.thresholds ? 'dashed' : 'off'},
      axisSoftMin: 0,
    },
  };
  const options = {
    legend: {displayMode: 'table', placement: 'bottom', showLegend: true, calcs: ['lastNotNull', 'max']},
    tooltip: {mode: 'multi', sort: 'desc'},
  };
  return panel('timeseries', title, description, how.width ?? 12, how.height ?? 8, queries, defaults, options, how);
}

/** One number with its colour. `mappings`: value → [text, colour]. */
export function number(title, description, queries, how = {}) {
  const defaults = {
    unit: how.unit ?? 'short',
    noValue: how.noValue ?? '–',
    ...(how.decimals !== undefined && {decimals: how.decimals}),
    color: {mode: 'thresholds'},
    thresholds: how.thresholds ?? steps(blue),
    mappings: mapped(how.mappings),
  };
  const options = {
    colorMode: 'background_solid',
    graphMode: how.spark ? 'area' : 'none',
    justifyMode: 'auto',
    orientation: 'auto',
    textMode: how.named ? 'name' : 'auto',
    wideLayout: true,
    showPercentChange: false,
    percentChangeColorMode: 'standard',
    reduceOptions: {calcs: ['lastNotNull'], fields: '', values: false},
  };
  return panel('stat', title, description, how.width ?? 4, how.height ?? 4, queries, defaults, options, how);
}

/** A share of a whole, as bars. */
export function bars(title, description, queries, how = {}) {
  const defaults = {
    unit: how.unit ?? 'percentunit',
    min: how.min ?? 0,
    max: how.max ?? 1,
    noValue: '–',
    color: {mode: 'thresholds'},
    thresholds: how.thresholds ?? steps(green),
  };
  const options = {
    displayMode: 'lcd',
    orientation: 'horizontal',
    showUnfilled: true,
    valueMode: 'color',
    namePlacement: 'auto',
    sizing: 'auto',
    minVizWidth: 8,
    minVizHeight: 16,
    maxVizHeight: 300,
    legend: {displayMode: 'list', placement: 'bottom', showLegend: false, calcs: []},
    reduceOptions: {calcs: ['lastNotNull'], fields: '', values: false},
  };
  return panel('bargauge', title, description, how.width ?? 8, how.height ?? 8, queries, defaults, options, how);
}

/** A histogram's buckets over time. The expression keeps `le`. */
export function heatmap(title, description, expr, how = {}) {
  const defaults = {custom: {scaleDistribution: {type: 'linear'}}};
  const options = {
    calculate: false,
    cellGap: 1,
    cellValues: {unit: how.cells ?? 'reqps'},
    color: {mode: 'scheme', scheme: 'Oranges', fill: 'dark-orange', steps: 64, exponent: 0.5, reverse: false},
    exemplars: {color: 'rgba(255,0,255,0.7)'},
    filterValues: {le: 1e-9},
    legend: {show: true},
    rowsFrame: {layout: 'auto'},
    showValue: 'never',
    tooltip: {mode: 'single', yHistogram: true, showColorScale: true},
    yAxis: {axisPlacement: 'left', unit: how.unit ?? 's', reverse: false},
  };
  return panel(
    'heatmap',
    title,
    description,
    how.width ?? 12,
    how.height ?? 9,
    [query(expr, '{{le}}', {format: 'heatmap'})],
    defaults,
    options,
    {maxDataPoints: 120},
  );
}

/** A band per series whose colour tells its state. */
export function timeline(title, description, queries, how = {}) {
  const defaults = {
    color: {mode: 'thresholds'},
    thresholds: steps(grey),
    mappings: mapped(how.mappings),
    custom: {fillOpacity: 80, lineWidth: 0},
  };
  const options = {
    mergeValues: true,
    showValue: 'never',
    alignValue: 'left',
    rowHeight: 0.85,
    legend: {displayMode: 'list', placement: 'bottom', showLegend: true, calcs: []},
    tooltip: {mode: 'single', sort: 'none'},
  };
  return panel(
    'state-timeline',
    title,
    description,
    how.width ?? 24,
    how.height ?? 10,
    queries,
    defaults,
    options,
    how,
  );
}

/**
 * A table of present values: one row per value of `key`, one column per [name, expression, field's settings].
 * `labels`: further labels of the first expression that become columns.
 */
export function table(title, description, key, columns, how = {}) {
  const queries = columns.map(([, expr]) => instant(expr, '', {format: 'table'}));
  const renameByName = {[key]: how.keyTitle ?? key};
  const overrides = [];
  columns.forEach(([name, , field], i) => {
    if (name === null) return;
    renameByName[`Value #${refIds[i]}`] = name;
    const properties = Object.entries(field ?? {}).map(([id, value]) => ({id, value}));
    overrides.push({matcher: {id: 'byName', options: name}, properties});
  });
  const excludeByName = {Time: true};
  columns.forEach(([name], i) => {
    if (name === null) excludeByName[`Value #${refIds[i]}`] = true;
  });
  if (how.keyLinks)
    overrides.push({
      matcher: {id: 'byName', options: how.keyTitle ?? key},
      properties: [{id: 'links', value: how.keyLinks}],
    });
  const defaults = {
    noValue: '–',
    color: {mode: 'thresholds'},
    thresholds: steps(grey),
    custom: {align: 'auto', cellOptions: {type: 'auto'}, filterable: false},
  };
  const options = {frameIndex: 0, showHeader: true, cellHeight: 'sm', sortBy: how.sortBy ?? []};
  return panel('table', title, description, how.width ?? 24, how.height ?? 9, queries, defaults, options, {
    overrides,
    transformations: [
      {id: 'merge', options: {}},
      {id: 'organize', options: {excludeByName, renameByName, indexByName: {}}},
    ],
  });
}

const mapped = mappings =>
  mappings === undefined
    ? []
    : [
        {
          type: 'value',
          options: Object.fromEntries(
            Object.entries(mappings).map(([value, [text, color]], index) => [value, {text, color, index}]),
          ),
        },
      ];

/** States of an instance as numbers, since a time series cannot hold words; failed is the worst. */
export const states = {
  0: ['stopped', grey],
  1: ['starting', blue],
  2: ['ready', green],
  3: ['draining', yellow],
  4: ['stopping', 'purple'],
  5: ['backoff', orange],
  6: ['failed', red],
};

/** The number of each instance's state. `selector`: labels inside of {}. */
export const stateNumber = selector =>
  Object.entries(states)
    .slice(1)
    .map(([value, [word]]) => `${value} * sum by (instance) (rolecall_instance_state{${selector},state="${word}"})`)
    .join('\n+ ');

/** What a counter of rare events has counted, where it has. A series that is new counts in full: increase() misses its first event. */
export const events = (by, series) =>
  `sum by (${by}) (\n  (${series} unless ${series} offset $__rate_interval)\n  or increase(${series}[$__rate_interval])\n) > 0`;
